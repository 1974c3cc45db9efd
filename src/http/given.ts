/** Makes an existing object the `this` of a constructor, so that a subclass can add a private field to it. */
export class Given {
  constructor(object: object) {
    return object;
  }
}
