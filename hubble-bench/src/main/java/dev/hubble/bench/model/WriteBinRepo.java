// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// Writes the weights of a full-size v1.4 model as trainers published them early in 2023: pickles,
/// the UNet in float, text encoder and VAE in half, the VAE's attention under its old names. Four
/// gigabytes, to see how such a model loads; the configurations and the tokenizer must be put
/// beside them.
public final class WriteBinRepo {
  private WriteBinRepo() {}

  /// Writes the weights.
  ///
  /// @param args the folder to write to
  public static void main(String[] args) throws IOException {
    var folder = Path.of(args[0]);
    write(folder.resolve("text_encoder/pytorch_model.bin"), FormulaWeights.textEncoder(), true);
    write(folder.resolve("vae/diffusion_pytorch_model.bin"), FormulaWeights.vae(), true);
    write(folder.resolve("unet/diffusion_pytorch_model.bin"), FormulaWeights.unet(), false);
  }

  private static void write(Path file, FormulaWeights weights, boolean half) throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (var name : weights.names()) {
      var tensor = Objects.requireNonNull(weights.find(name));
      tensors.put(oldName(name), half ? tensor.as(StoredType.F16) : tensor);
    }
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    TorchWriter.write(file, tensors);
    System.out.printf("%s %,d bytes%n", file, Files.size(file));
  }

  private static String oldName(String name) {
    return name.contains("coder.mid_block.attentions.0.")
        ? name.replace(".to_q.", ".query.")
            .replace(".to_k.", ".key.")
            .replace(".to_v.", ".value.")
            .replace(".to_out.0.", ".proj_attn.")
        : name;
  }
}
