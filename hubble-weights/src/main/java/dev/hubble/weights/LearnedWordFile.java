// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.safetensors.SafetensorsStore;
import dev.hubble.weights.torch.TorchStore;
import java.nio.file.Path;

/// Opens the files in which textual inversions are published, one learned word or several.
///
/// | written by | tensors |
/// |---|---|
/// | AUTOMATIC1111's web UI, `.pt` | `string_to_param.*`; the word's name is in the metadata as `name` |
/// | the same, safetensors | `emb_params` |
/// | diffusers | one for each word, named after it |
public final class LearnedWordFile {
  /// What begins the names of the web UI's tensors.
  public static final String WEB_PREFIX = "string_to_param.";

  private LearnedWordFile() {}

  /// Opens a file.
  ///
  /// @throws WeightsException if it is missing or not valid
  public static TensorStore open(Path file) {
    FileBytes bytes = FileBytes.map(file);
    return WeightFile.isTorch(bytes, file)
        ? TorchStore.openLearnedWord(bytes)
        : SafetensorsStore.open(bytes);
  }
}
