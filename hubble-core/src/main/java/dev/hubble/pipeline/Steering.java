// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static java.util.Objects.requireNonNull;

import dev.hubble.HubbleException;
import dev.hubble.StepCallback;
import dev.hubble.kernels.Tensor;
import dev.hubble.unet.Constants;
import dev.hubble.unet.UNet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a [StepCallback] may change between two UNet calls: latents, texts and guidance.
final class Steering {
  private final UNet unet;

  /// How many calls there will be, over all passes, and how many there were.
  private final int calls;

  private int done;

  /// The times of this pass, and where it began.
  private float[] timesteps = new float[0];

  private int began;

  /// Whether the texts include negative prompts.
  private final boolean withNegative;

  /// The texts of every image, `[2N,words,C]` with negative prompts, else `[N,words,C]`.
  private Tensor texts;

  private double guidance;
  private @Nullable Constants constants;

  Steering(UNet unet, Tensor texts, int calls, float guidance) {
    this.unet = unet;
    this.texts = texts;
    this.calls = calls;
    this.guidance = guidance;
    this.withNegative = guided();
  }

  /// Begins a pass, which visits these times.
  void begin(float[] times) {
    timesteps = times;
    began = done;
    constants = unet.prepare(current(), times);
  }

  boolean guided() {
    return scale() > 1;
  }

  float scale() {
    return (float) guidance;
  }

  /// What stays the same over this pass.
  Constants constants() {
    return requireNonNull(constants, "no pass has begun");
  }

  /// Asks `callback` after a call; the latents to go on with.
  Tensor after(Tensor latents, @Nullable StepCallback callback) {
    int call = done++;
    if (callback == null) {
      return latents;
    }
    var step = new Step(call, latents);
    boolean wasGuided = guided();
    callback.onStepEnd(step);
    if (step.textsChanged || wasGuided != guided()) {
      constants = unet.prepare(current(), timesteps);
    }
    return step.latents;
  }

  /// The texts that the UNet needs now.
  private Tensor current() {
    int n = texts.dim(0);
    return withNegative && !guided() ? texts.ops().slice(texts, n / 2, n) : texts;
  }

  private final class Step implements StepCallback.Step {
    private final int index;
    private Tensor latents;
    private boolean textsChanged;

    Step(int index, Tensor latents) {
      this.index = index;
      this.latents = latents;
    }

    @Override
    public int call() {
      return index + 1;
    }

    @Override
    public int calls() {
      return calls;
    }

    @Override
    public float timestep() {
      return timesteps[index - began];
    }

    @Override
    public float[] latents() {
      return Snapshot.channelsFirst(latents).values();
    }

    @Override
    public List<Integer> latentShape() {
      return Snapshot.channelsFirst(latents).shape();
    }

    @Override
    public void latents(float[] values) {
      check("latents", values, latentShape());
      int n = latents.dim(0);
      int h = latents.dim(1);
      int w = latents.dim(2);
      int c = latents.dim(3);
      latents = latents.ops().upload(Layout.toChannelsLast(values, n, c, h, w), n, h, w, c);
    }

    @Override
    public float[] textEmbeddings() {
      return texts.toArray();
    }

    @Override
    public List<Integer> textShape() {
      return List.of(texts.dim(0), texts.dim(1), texts.dim(2));
    }

    @Override
    public void textEmbeddings(float[] values) {
      check("text embeddings", values, textShape());
      texts = texts.ops().upload(values.clone(), texts.shape().toArray());
      textsChanged = true;
    }

    @Override
    public double guidance() {
      return guidance;
    }

    @Override
    public void guidance(double scale) {
      if (!Float.isFinite((float) scale)) {
        throw new HubbleException.BadRequest(
            "The guidance scale is %s; it must be a number, 7.5 for example.".formatted(scale));
      }
      if (scale > 1 && !withNegative) {
        throw new HubbleException.BadRequest(
            "Guidance cannot be turned on in a run that began without it: begin with more than 1.");
      }
      guidance = scale;
    }

    private void check(String what, float[] values, List<Integer> shape) {
      int expected = shape.stream().reduce(1, Math::multiplyExact);
      if (values.length != expected) {
        throw new HubbleException.BadRequest(
            "The new %s are %d numbers; they must be %d, of shape %s."
                .formatted(what, values.length, expected, shape));
      }
      Finite.checkGiven(values, what);
    }
  }
}
