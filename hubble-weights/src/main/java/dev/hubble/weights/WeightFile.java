// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.safetensors.SafetensorsStore;
import dev.hubble.weights.torch.TorchStore;
import java.nio.file.Path;

/// Opens a weight file of whatever form. What it is called says little: the form shows in its first
/// bytes.
public final class WeightFile {
  private WeightFile() {}

  /// Opens a file.
  ///
  /// @throws WeightsException if it is missing or not valid
  public static TensorStore open(Path file) {
    FileBytes bytes = FileBytes.map(file);
    return isTorch(bytes, file) ? TorchStore.open(bytes) : SafetensorsStore.open(bytes);
  }

  /// Whether a file is one of PyTorch's; else it is safetensors.
  static boolean isTorch(FileBytes bytes, Path file) {
    boolean json = bytes.size() > Long.BYTES && bytes.segment().get(JAVA_BYTE, Long.BYTES) == '{';
    return TorchStore.recognises(bytes) || (!json && !file.toString().endsWith(".safetensors"));
  }
}
