// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.torch.Values.Storage;
import org.jspecify.annotations.Nullable;

/// A file of PyTorch's, opened: what its pickle holds, and where the numbers are.
interface Archive {
  /// What was saved.
  Object root();

  /// The numbers of a storage, or null if the file lacks them.
  @Nullable Numbers find(Storage storage);

  /// The bytes of a storage.
  interface Numbers {
    /// How many there are.
    long size();

    /// Whether they must be unpacked first.
    boolean packed();

    /// The bytes in which they lie, unpacked.
    FileBytes bytes();

    /// Where in these they begin.
    long start();
  }

  /// Numbers that lie in the file as they are.
  record Plain(FileBytes bytes, long start, long size) implements Numbers {
    @Override
    public boolean packed() {
      return false;
    }
  }

  /// Numbers in a compressed entry.
  record Packed(Inflated unpacker, ZipEntry entry) implements Numbers {
    @Override
    public long size() {
      return entry.size();
    }

    @Override
    public boolean packed() {
      return true;
    }

    @Override
    public FileBytes bytes() {
      return unpacker.of(entry);
    }

    @Override
    public long start() {
      return 0;
    }
  }
}
