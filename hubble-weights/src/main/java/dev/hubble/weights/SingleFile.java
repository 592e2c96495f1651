// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.nio.file.Path;

/// A checkpoint in which the whole model is one file, as latent-diffusion and most fine-tunes of it
/// are published: `.ckpt` or `.safetensors`.
public final class SingleFile {
  /// What a model is made of.
  public enum Part {
    TEXT_ENCODER,
    UNET,
    VAE
  }

  private SingleFile() {}

  /// Opens one component of the model, under its canonical names and shapes.
  ///
  /// @param ema whether to take the moving average of the UNet's weights
  /// @throws WeightsException if the file is not valid, or something else than a whole Stable
  ///   Diffusion v1 model
  public static TensorStore open(Path file, Part part, boolean ema) {
    TensorStore store = WeightFile.open(file);
    try {
      Foreign.check(store);
      return switch (part) {
        case TEXT_ENCODER -> store.renamed(LdmNames::textEncoder);
        case UNET -> store.renamed(ema ? LdmNames.ema(store) : LdmNames::unet);
        case VAE -> store.renamed(LdmNames::vae);
      };
    } catch (Throwable e) {
      store.close();
      throw e;
    }
  }
}
