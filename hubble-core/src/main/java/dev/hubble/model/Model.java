// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.clip.TextEncoder;
import dev.hubble.clip.TextEncoderConfig;
import dev.hubble.clip.Tokenizer;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Params;
import dev.hubble.schedulers.SchedulerConfig;
import dev.hubble.unet.UNet;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;
import dev.hubble.vae.VaeDecoder;
import dev.hubble.weights.WeightsException;
import java.util.function.Function;

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
    ModelIndex.check(files);
    // All configurations before any weights: they are small, and most of what can be wrong shows
    // here.
    var textConfig = TextEncoderConfig.of(Component.TEXT_ENCODER.config(files));
    var unetConfig = UNetConfig.of(Component.UNET.config(files));
    var vaeConfig = VaeConfig.of(Component.VAE.config(files));
    var scheduler = schedulerConfig(files);
    var tokenizer = TokenizerFolder.load(files);
    var defaults = Defaults.of(files);
    checkTogether(files, textConfig, unetConfig, tokenizer);
    return new Model(
        ops,
        tokenizer,
        read(Component.TEXT_ENCODER, files, ops, p -> TextEncoder.load(p, textConfig)),
        read(Component.UNET, files, ops, p -> UNet.load(p, unetConfig)),
        read(
            Component.VAE,
            files,
            ops,
            p -> VaeDecoder.load(p, vaeConfig),
            "decoder",
            "post_quant_conv"),
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

  private static <T> T read(
      Component component, ModelFiles files, Ops ops, Function<Params, T> load, String... parts) {
    try (var store = component.weights(files)) {
      var params = Params.of(store, ops);
      T loaded = load.apply(params);
      params.finish(parts);
      return loaded;
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }
}
