import { Component, type ComponentChild, type ComponentClass } from 'preact';

/** Draws again only where a property is another one: a list of hundreds changes at its beginning. */
export function memo<Props extends object>(draw: (props: Props) => ComponentChild): ComponentClass<Props> {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return Object.keys(next).some((name) => Reflect.get(next, name) !== Reflect.get(this.props, name));
    }

    override render(props: Props): ComponentChild {
      return draw(props);
    }
  }
  return Memo;
}
