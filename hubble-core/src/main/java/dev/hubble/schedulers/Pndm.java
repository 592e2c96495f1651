// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pseudo numerical methods for diffusion models (Liu et al., 2022, arXiv:2202.09778): DDIM's step,
/// with a better idea of the noise than the UNet's last answer.
///
/// The step from time `t` to `t'` is linear in the sample and the noise:
///
/// ```
/// x' = √(ᾱ'/ᾱ) x - (ᾱ'-ᾱ) ε / (ᾱ √(1-ᾱ') + √(ᾱ (1-ᾱ) ᾱ'))
/// ```
///
/// `ε` is extrapolated from the last answers by the rules of Adams and Bashforth, which is why
/// every step after the first few costs one look and is of order four. The first answers come about
/// in one of two ways:
///
/// - `skip_prk_steps` (PLMS, what Stable Diffusion uses): the second time is visited twice. The
///   first visit is a plain step, the second does that step again with the mean of both answers. A
///   run that begins in the middle (image to image) does so with its own first two calls, though
///   their times differ; diffusers does the same.
/// - otherwise three steps of Runge and Kutta, four looks each, start the history.
final class Pndm extends VariancePreserving {
  static final String NAME = "pndm";

  /// Adams-Bashforth weights for a history of one to four answers, the latest first.
  private static final double[][] EXTRAPOLATION = {
    {1},
    {3 / 2., -1 / 2.},
    {23 / 12., -16 / 12., 5 / 12.},
    {55 / 24., -59 / 24., 37 / 24., -9 / 24.}
  };

  private static final int ORDER = 4;

  private final int stride;
  private final double finalAlphaBar;

  /// How many of the calls are Runge-Kutta ones.
  private final int warmUp;

  /// How many calls there were, and the last of them.
  private int counter;

  private int last;

  /// The latest answers, at most four, the oldest first.
  private final List<Tensor> history = new ArrayList<>();

  /// The answers within one Runge-Kutta step.
  private final List<Tensor> stages = new ArrayList<>();

  /// Where the step began that takes several looks.
  private @Nullable Tensor stepStart;

  /// A run of `steps` steps, which take some calls more.
  Pndm(SchedulerConfig config, int steps) {
    super(NAME, config, times(config, steps));
    this.stride = schedule.trainTimesteps() / steps;
    this.finalAlphaBar = config.flag("set_alpha_to_one", false) ? 1 : schedule.alphaBar(0);
    this.warmUp = skipsRungeKutta(config) ? 0 : 4 * (ORDER - 1);
  }

  private static boolean skipsRungeKutta(SchedulerConfig config) {
    return config.flag("skip_prk_steps", false);
  }

  private static int[] times(SchedulerConfig config, int steps) {
    int[] descending = Timesteps.descending(config, steps, "leading");
    int[] times;
    if (skipsRungeKutta(config)) {
      times = repeatSecond(descending);
    } else {
      if (steps < ORDER) {
        throw new HubbleException.BadRequest(
            "The Runge-Kutta form of "
                + NAME
                + " (skip_prk_steps false in scheduler_config.json) needs at least 4 steps; you"
                + " asked for "
                + steps
                + ".");
      }
      int[] looks = rungeKuttaTimes(descending, config.trainTimesteps() / steps);
      times = Arrays.copyOf(looks, looks.length + steps - (ORDER - 1));
      System.arraycopy(descending, ORDER - 1, times, looks.length, steps - (ORDER - 1));
    }
    for (int t : times) {
      Timesteps.checkTime(t, steps, config.trainTimesteps());
    }
    return times;
  }

  /// 981 961 941 ... becomes 981 961 961 941 ...; with two steps, 501 1 becomes 501 1 1.
  private static int[] repeatSecond(int[] descending) {
    if (descending.length == 1) {
      return descending;
    }
    int[] times = new int[descending.length + 1];
    times[0] = descending[0];
    System.arraycopy(descending, 1, times, 2, descending.length - 1);
    times[1] = descending[1];
    return times;
  }

  /// Four looks for each of the first three steps: at its start, twice half-way, and at its end.
  private static int[] rungeKuttaTimes(int[] descending, int stride) {
    int[] looks = new int[4 * (ORDER - 1)];
    for (int k = 0; k < ORDER - 1; k++) {
      looks[4 * k] = descending[k];
      looks[4 * k + 1] = descending[k + 1] + stride / 2;
      looks[4 * k + 2] = descending[k + 1] + stride / 2;
      looks[4 * k + 3] = descending[k + 1];
    }
    return looks;
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    if (counter == 0 ? call > 0 && warmUp > 0 : call != last + 1) {
      throw new IllegalStateException("call " + call + " after " + counter + " calls");
    }
    last = call;
    counter++;
    return call < warmUp
        ? rungeKutta(call, modelOutput, sample)
        : multistep(call, modelOutput, sample);
  }

  private Tensor multistep(int call, Tensor modelOutput, Tensor sample) {
    int t = times[call];
    if (counter == 2 && stepStart != null) {
      // The second look at the same step: do it again with the mean of both answers.
      Tensor start = stepStart;
      stepStart = null;
      return move(
          t + stride, t, start, List.of(history.getLast(), modelOutput), new double[] {.5, .5});
    }
    remember(modelOutput);
    if (counter == 1) {
      stepStart = sample;
    }
    return move(t, t - stride, sample, history.reversed(), EXTRAPOLATION[history.size() - 1]);
  }

  private Tensor rungeKutta(int call, Tensor modelOutput, Tensor sample) {
    int look = call % 4;
    if (look == 0) {
      remember(modelOutput);
      stepStart = sample;
      stages.clear();
    }
    stages.add(modelOutput);
    // Looks 0 and 1 go half of the way from the start, with the latest answer alone; look 2 goes
    // all of it; look 3 does so with the weighted mean of the four.
    int from = times[call - look];
    int to = look % 2 == 0 ? times[call] - stride / 2 : times[call];
    Tensor start = stepStart == null ? sample : stepStart;
    return look < 3
        ? move(from, to, start, List.of(modelOutput), new double[] {1})
        : move(from, to, start, stages, new double[] {1 / 6., 1 / 3., 1 / 3., 1 / 6.});
  }

  private void remember(Tensor modelOutput) {
    if (history.size() == ORDER) {
      history.removeFirst();
    }
    history.add(modelOutput);
  }

  /// The step from time `t` to `previous`, with the weighted sum of `outputs` as the answer.
  private Tensor move(
      int t, int previous, Tensor sample, List<Tensor> outputs, double[] outputWeights) {
    double a = schedule.alphaBar(t);
    double aNext = previous >= 0 ? schedule.alphaBar(previous) : finalAlphaBar;
    double gain = Math.sqrt(aNext / a);
    double noiseGain = -(aNext - a) / (a * Math.sqrt(1 - aNext) + Math.sqrt(a * (1 - a) * aNext));
    Prediction.Mix noise = prediction.noise(a);
    var sum = new WeightedSum().add(gain + noiseGain * noise.sample(), sample);
    for (int i = 0; i < outputWeights.length; i++) {
      sum.add(noiseGain * noise.output() * outputWeights[i], outputs.get(i));
    }
    return sum.compute();
  }
}
