// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

import dev.hubble.SafetyVerdict;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/// The safety checker that v1 models come with: compares what CLIP sees in a picture with concepts
/// that its makers chose, and whose names they keep to themselves.
///
/// @param visionModel the image encoder
/// @param visualProjection to the width of the concepts
/// @param conceptEmbeds the concepts, `[17][D]`
/// @param specialCareEmbeds those that make it stricter with the others, `[3][D]`
/// @param conceptEmbedsWeights how near a picture may come to each
/// @param specialCareEmbedsWeights the same
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
public record SafetyChecker(
    Ops ops,
    VisionEncoder visionModel,
    Linear visualProjection,
    float[] conceptEmbeds,
    float[] specialCareEmbeds,
    float[] conceptEmbedsWeights,
    float[] specialCareEmbedsWeights) {
  private static final int CONCEPTS = 17;
  private static final int SPECIAL = 3;

  /// By how much it becomes stricter.
  private static final double ADJUSTMENT = 0.01;

  /// Reads the weights.
  public static SafetyChecker load(Params p, SafetyConfig c) {
    int width = c.projection();
    return new SafetyChecker(
        p.ops(),
        VisionEncoder.load(p.at("vision_model").at("vision_model"), c),
        Linear.withoutBias(p.at("visual_projection"), c.hiddenSize(), width),
        p.floats("concept_embeds", CONCEPTS, width),
        p.floats("special_care_embeds", SPECIAL, width),
        p.floats("concept_embeds_weights", CONCEPTS),
        p.floats("special_care_embeds_weights", SPECIAL));
  }

  /// Looks at a picture.
  public SafetyVerdict check(BufferedImage image) {
    var config = visionModel.config();
    float[] seen;
    try (var scope = ops.openScope()) {
      float[] patches = ClipPixels.patches(image, config.imageSize(), config.patchSize());
      int count = config.patches() * config.patches();
      var pixels = ops.upload(patches, count, patches.length / count);
      seen = visualProjection.apply(visionModel.apply(pixels)).toArray();
    }
    var special = new ArrayList<Double>();
    double adjustment = 0;
    for (int i = 0; i < SPECIAL; i++) {
      double score =
          rounded(cosine(seen, specialCareEmbeds, i) - specialCareEmbedsWeights[i] + adjustment);
      special.add(score);
      if (score > 0) {
        adjustment = ADJUSTMENT;
      }
    }
    var concepts = new ArrayList<Double>();
    for (int i = 0; i < CONCEPTS; i++) {
      concepts.add(rounded(cosine(seen, conceptEmbeds, i) - conceptEmbedsWeights[i] + adjustment));
    }
    return new SafetyVerdict(
        concepts.stream().anyMatch(score -> score > 0), List.copyOf(concepts), special);
  }

  private static double cosine(float[] x, float[] table, int row) {
    double dot = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      double y = table[row * x.length + i];
      dot += x[i] * y;
      xx += (double) x[i] * x[i];
      yy += y * y;
    }
    return dot / Math.sqrt(xx * yy);
  }

  /// To three places, as diffusers compares them.
  private static double rounded(double score) {
    return Math.rint(score * 1000) / 1000;
  }
}
