// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.List;

/// Changes a run on its way: what diffusers calls `callback_on_step_end`. Called after each UNet
/// call, before [Progress] hears of it, on the thread that computes.
///
/// ```java
/// // No guidance for the last third, which then takes half the time.
/// var options = RunOptions.DEFAULT.onStepEnd(
///     step -> { if (step.call() == step.calls() * 2 / 3) step.guidance(0); });
/// ```
///
/// A callback that changes nothing leaves every bit of the picture as it is.
@FunctionalInterface
public interface StepCallback {
  /// UNet call [Step#call] is done.
  void onStepEnd(Step step);

  /// Where the run is. Valid during the call of [#onStepEnd] only.
  interface Step {
    /// Which UNet call is done, counted from 1.
    int call();

    /// How many there are.
    int calls();

    /// The time that this call was for, from 999 to 0.
    float timestep();

    /// The latents after it, `[N,4,h,w]`: a copy.
    float[] latents();

    /// The sizes of the latents.
    List<Integer> latentShape();

    /// Goes on from other latents, of the same shape.
    ///
    /// @throws HubbleException.BadRequest if they are not as many numbers
    void latents(float[] values);

    /// What the UNet is told of the texts, a copy: with guidance all negative prompts first, then
    /// all prompts, `[2N,words,C]`; without, the prompts only.
    float[] textEmbeddings();

    /// The sizes of the text embeddings.
    List<Integer> textShape();

    /// Goes on with other texts, of the same shape.
    ///
    /// @throws HubbleException.BadRequest if they are not as many numbers
    void textEmbeddings(float[] values);

    /// How strongly the prompt steers.
    double guidance();

    /// Goes on with another guidance scale. At most 1 turns guidance off, and a later call may turn
    /// it on again.
    ///
    /// @throws HubbleException.BadRequest if it is no number, or is to turn guidance on in a run
    ///   that began without, which has no negative prompts
    void guidance(double scale);
  }
}
