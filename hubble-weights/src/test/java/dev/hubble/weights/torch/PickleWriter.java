// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes pickles, instruction by instruction, so that they can be wrong.
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// One that begins as PyTorch's do.
  static PickleWriter start() {
    return new PickleWriter().op(0x80).op(2);
  }

  PickleWriter op(int op) {
    out.write(op);
    return this;
  }

  PickleWriter raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /// Instructions that have no arguments, by their letters: `}(`.
  PickleWriter ops(String letters) {
    return raw(letters.getBytes(StandardCharsets.ISO_8859_1));
  }

  private PickleWriter u32(long value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
  }

  PickleWriter text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op('X').u32(utf8.length).raw(utf8);
  }

  /// A text that says it has `size` bytes.
  PickleWriter textOf(long size, String text) {
    return op('X').u32(size).raw(text.getBytes(StandardCharsets.UTF_8));
  }

  PickleWriter global(String module, String name) {
    return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  PickleWriter number(long value) {
    if (value == (int) value) {
      return op('J').u32(value);
    }
    return op(0x8a)
        .op(8)
        .raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  PickleWriter numbers(long... values) {
    op('(');
    for (long value : values) {
      number(value);
    }
    return op('t');
  }

  PickleWriter put(long index) {
    return op('r').u32(index);
  }

  PickleWriter get(long index) {
    return op('j').u32(index);
  }

  /// A storage, by its persistent id.
  PickleWriter storage(String type, String key, long elements) {
    return op('(')
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .ops("tQ");
  }

  /// A tensor of a storage that the instructions before have left on the stack below a mark and the
  /// function.
  PickleWriter view(long first, long[] shape, long[] strides) {
    return number(first)
        .numbers(shape)
        .numbers(strides)
        .op(0x89)
        .global("collections", "OrderedDict")
        .ops(")RtR");
  }

  /// A tensor as PyTorch writes it.
  PickleWriter tensor(
      String type, String key, long elements, long first, long[] shape, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage(type, key, elements)
        .view(first, shape, strides);
  }

  /// A whole storage as a vector of floats.
  PickleWriter floats(String key, long elements) {
    return tensor("FloatStorage", key, elements, 0, new long[] {elements}, new long[] {1});
  }

  /// The pickle, ended.
  byte[] end() {
    return op('.').bytes();
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
