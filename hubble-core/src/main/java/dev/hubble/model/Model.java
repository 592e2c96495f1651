// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.LoadProgress;
import dev.hubble.clip.TextEncoder;
import dev.hubble.clip.TextEncoderConfig;
import dev.hubble.clip.Tokenizer;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Packed;
import dev.hubble.schedulers.SchedulerConfig;
import dev.hubble.unet.UNet;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;
import dev.hubble.vae.VaeDecoder;
import dev.hubble.weights.TensorStore;

/// A model whose weights are on a backend, ready to run.
///
/// @param ops the backend
/// @param tokenizer cuts texts into tokens
/// @param textEncoder makes vectors of the tokens
/// @param unet predicts noise
/// @param vae decodes latents
/// @param scheduler how the model wants to be sampled
/// @param defaults steps and guidance that its makers recommend
public record Model(
    Ops ops,
    Tokenizer tokenizer,
    TextEncoder textEncoder,
    UNet unet,
    VaeDecoder vae,
    SchedulerConfig scheduler,
    Defaults defaults) {

  /// Reads and packs everything.
  public static Model load(ModelFiles files, Ops ops) {
    try (var weights = OpenWeights.of(files)) {
      return load(weights, ops, LoadProgress.NONE);
    }
  }

  /// Reads and packs everything.
  ///
  /// @param weights stay open
  /// @param progress hears how it comes along
  public static Model load(OpenWeights weights, Ops ops, LoadProgress progress) {
    return load(
        weights,
        ops,
        progress,
        weights.of(Component.TEXT_ENCODER),
        new Packed(),
        weights.of(Component.UNET),
        new Packed());
  }

  /// The same with other weights in the text encoder and the UNet than those of the files.
  ///
  /// @param packedText gets what the text encoder consists of
  /// @param packedUnet gets what the UNet consists of
  static Model load(
      OpenWeights weights,
      Ops ops,
      LoadProgress progress,
      TensorStore text,
      Packed packedText,
      TensorStore unet,
      Packed packedUnet) {
    // All configurations before any weights: they are small, and most of what can be wrong shows
    // here.
    var files = weights.files();
    var textConfig = TextEncoderConfig.of(Component.TEXT_ENCODER.config(files));
    var unetConfig = UNetConfig.of(Component.UNET.config(files));
    var vaeConfig = VaeConfig.of(Component.VAE.config(files));
    var scheduler = schedulerConfig(files);
    var tokenizer = TokenizerFolder.load(files);
    var defaults = Defaults.of(files);
    checkTogether(files, textConfig, unetConfig, tokenizer);
    var vae = weights.of(Component.VAE);
    var read = new BytesRead(progress).expect(text).expect(unet).expect(vae, Component.DECODER);
    return new Model(
        ops,
        tokenizer,
        Component.load(text, ops, read, packedText, p -> TextEncoder.load(p, textConfig)),
        Component.load(unet, ops, read, packedUnet, p -> UNet.load(p, unetConfig)),
        Component.load(
            vae,
            ops,
            read,
            p -> VaeDecoder.load(p.side(unetConfig.sampleSize()), vaeConfig),
            Component.DECODER),
        scheduler,
        defaults);
  }

  private static SchedulerConfig schedulerConfig(ModelFiles files) {
    return SchedulerConfig.parse(files.text("scheduler/scheduler_config.json"))
        .forStableDiffusion();
  }

  private static void checkTogether(
      ModelFiles files, TextEncoderConfig text, UNetConfig unet, Tokenizer tokenizer) {
    var unetFile = Component.UNET.config(files);
    unetFile.require(
        unet.crossAttentionDim() == text.hiddenSize(),
        "cross_attention_dim",
        "must be the text encoder's hidden_size, " + text.hiddenSize());
    var textFile = Component.TEXT_ENCODER.config(files);
    textFile.require(
        text.positions() == tokenizer.maxLength(),
        "max_position_embeddings",
        "must be the tokenizer's model_max_length, " + tokenizer.maxLength());
    textFile.require(
        text.vocabSize() >= tokenizer.vocabularySize(),
        "vocab_size",
        "must cover the tokenizer's %d tokens".formatted(tokenizer.vocabularySize()));
  }
}
