import 'reflect-metadata';
import { Controller, Get, Module, Param, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');

class OrdersController {
  find(id, request) {
    tenant.set(request, 'acme');
    return { id, state: 'shipped' };
  }
}

// What `@Get(':id') find(@Param('id') id, @Req() request)` is compiled to: plain JavaScript has no decorators.
const { prototype } = OrdersController;
Param('id')(prototype, 'find', 0);
Req()(prototype, 'find', 1);
Get(':id')(prototype, 'find', Object.getOwnPropertyDescriptor(prototype, 'find'));
Controller('orders')(OrdersController);

class AppModule {}
Module({ controllers: [OrdersController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
const server = await app.listen(Number(process.env.PORT ?? 8080));
console.log(`listening ${server.address().port}`);
