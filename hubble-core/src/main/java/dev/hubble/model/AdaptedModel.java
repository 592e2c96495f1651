// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.Additions;
import dev.hubble.LoadProgress;
import dev.hubble.UsedAdditions;
import dev.hubble.adapt.AdditionNames;
import dev.hubble.adapt.EmbeddingFiles;
import dev.hubble.adapt.FoldedStore;
import dev.hubble.adapt.Loras;
import dev.hubble.clip.LearnedWords;
import dev.hubble.clip.TextEncoder;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Packed;
import dev.hubble.unet.UNet;
import java.util.HashSet;
import java.util.Set;

/// A model with its additions. To have others, only the layers are read again that some of them
/// change or have changed; all else is shared.
///
/// @param model ready to run
/// @param additions what it has on top of its own weights
/// @param used the same by names and hashes, for recipes
/// @param loras the changes to its layers
/// @param text what the text encoder consists of
/// @param unet what the UNet consists of
public record AdaptedModel(
    Model model, Additions additions, UsedAdditions used, Loras loras, Packed text, Packed unet) {

  /// Reads and packs everything.
  public static AdaptedModel load(
      OpenWeights weights, Ops ops, LoadProgress progress, Additions additions) {
    var loras = loras(weights, additions);
    var text = new Packed();
    var unet = new Packed();
    var model =
        Model.load(
            weights,
            ops,
            progress,
            foldedText(weights, loras),
            text,
            foldedUnet(weights, loras),
            unet);
    return new AdaptedModel(
        taught(model, additions), additions, AdditionNames.of(additions), loras, text, unet);
  }

  /// The same model with other additions.
  ///
  /// @param weights its weight files, from which the layers come that change
  public AdaptedModel with(OpenWeights weights, Additions others) {
    var newLoras = loras(weights, others);
    var newText = text.without(union(loras.text().keySet(), newLoras.text().keySet()));
    var newUnet = unet.without(union(loras.unet().keySet(), newLoras.unet().keySet()));
    var changed =
        new Model(
            model.ops(),
            model.tokenizer(),
            Component.load(
                foldedText(weights, newLoras),
                model.ops(),
                _ -> {},
                newText,
                p -> TextEncoder.load(p, model.textEncoder().config())),
            Component.load(
                foldedUnet(weights, newLoras),
                model.ops(),
                _ -> {},
                newUnet,
                p -> UNet.load(p, model.unet().config())),
            model.vae(),
            model.scheduler(),
            model.defaults());
    return new AdaptedModel(
        taught(changed, others), others, AdditionNames.of(others), newLoras, newText, newUnet);
  }

  private static Loras loras(OpenWeights weights, Additions additions) {
    return Loras.read(
        additions.loras(), weights.of(Component.UNET), weights.of(Component.TEXT_ENCODER));
  }

  private static FoldedStore foldedText(OpenWeights weights, Loras loras) {
    return new FoldedStore(weights.of(Component.TEXT_ENCODER), loras.text());
  }

  private static FoldedStore foldedUnet(OpenWeights weights, Loras loras) {
    return new FoldedStore(weights.of(Component.UNET), loras.unet());
  }

  private static Model taught(Model model, Additions additions) {
    var config = model.textEncoder().config();
    LearnedWords words =
        EmbeddingFiles.read(additions.embeddings(), config.vocabSize(), config.hiddenSize());
    return new Model(
        model.ops(),
        model.tokenizer().with(words),
        model.textEncoder(),
        model.unet(),
        model.vae(),
        model.scheduler(),
        model.defaults());
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    var both = new HashSet<>(a);
    both.addAll(b);
    return both;
  }
}
