import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class OrdersController {
  find(id) {
    return { id, state: 'shipped' };
  }
}

// What `@Get(':id') find(@Param('id') id)` is compiled to: plain JavaScript has no decorators.
const { prototype } = OrdersController;
Param('id')(prototype, 'find', 0);
Get(':id')(prototype, 'find', Object.getOwnPropertyDescriptor(prototype, 'find'));
Controller('orders')(OrdersController);

class AppModule {}
Module({ controllers: [OrdersController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
const server = await app.listen(Number(process.env.PORT ?? 8080));
console.log(`listening ${server.address().port}`);
