// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.safetensors.ShardedStore;
import dev.hubble.weights.torch.TorchStore;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Reads the files that `torch.save` writes: `.bin`, `.pt`, `.ckpt`.
///
/// They hold a pickle, which to Python is a program. Here it is data: nothing in a file is ever
/// executed, and what a file asks to be run is named in an error if a weight depends on it.
public final class TorchCheckpoints {
  private TorchCheckpoints() {}

  /// Opens a file of any length. It is mapped, not read: opening costs little, and the values come
  /// from the disk when they are asked for.
  ///
  /// @throws WeightsException if it is missing or not valid, or holds no table of tensors
  public static TensorStore open(Path file) {
    return TorchStore.open(FileBytes.map(file));
  }

  /// Reads a file that is in memory already. The bytes are not copied.
  ///
  /// @param name what to call it in messages
  /// @throws WeightsException if it is not valid
  public static TensorStore read(String name, byte[] bytes) {
    return TorchStore.open(FileBytes.of(name, MemorySegment.ofArray(bytes)));
  }

  /// Opens the shards that a `*.bin.index.json` names, all of which lie beside it.
  ///
  /// @throws WeightsException if the index or a shard is missing or not valid, or a shard lacks a
  ///   tensor
  public static TensorStore openIndex(Path index) {
    return ShardedStore.open(index, TorchCheckpoints::open);
  }
}
