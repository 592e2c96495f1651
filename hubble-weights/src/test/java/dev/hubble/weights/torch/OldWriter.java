// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.Made;

/// Writes a file as PyTorch did before 1.6.
final class OldWriter {
  private OldWriter() {}

  /// Two tensors, of a storage of four floats and of the latter half of it.
  static byte[] file() {
    var object =
        PickleWriter.start()
            .ops("}(")
            .text("a")
            .global("torch._utils", "_rebuild_tensor_v2")
            .op('(');
    storage(object).ops("NtQ").view(0, new long[] {4}, new long[] {1});
    object.text("part").global("torch._utils", "_rebuild_tensor_v2").op('(');
    storage(object)
        .op('(')
        .text("94001")
        .number(2)
        .number(2)
        .ops("ttQ")
        .view(0, new long[] {2}, new long[] {1})
        .ops("u");
    byte[] keys = PickleWriter.start().ops("]").text("94000").ops("a").end();
    return head()
        .raw(object.end())
        .raw(keys)
        .raw(Made.bytes(8, 4))
        .raw(ZipWriter.counting(4))
        .bytes();
  }

  private static PickleWriter storage(PickleWriter pickle) {
    return pickle
        .op('(')
        .text("storage")
        .global("torch", "FloatStorage")
        .text("94000")
        .text("cuda:0")
        .number(4);
  }

  private static PickleWriter head() {
    var magic =
        new byte[] {
          0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19
        };
    return PickleWriter.start()
        .op(0x8a)
        .op(10)
        .raw(magic)
        .raw((byte) '.')
        .raw(PickleWriter.start().number(1001).end())
        .raw(PickleWriter.start().ops("}").text("little_endian").op(0x88).ops("s").end());
  }
}
