// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.fail;

import dev.hubble.kernels.Tensor;
import dev.hubble.random.TorchGenerator;
import java.util.function.LongToIntFunction;

/// Runs a scheduler to the end on models that are formulas.
final class Runs {
  /// `scheduler_config.json` of Stable Diffusion v1.4.
  static final String SD_V1 =
      """
      {
        "_class_name": "PNDMScheduler",
        "_diffusers_version": "0.7.0.dev0",
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "num_train_timesteps": 1000,
        "set_alpha_to_one": false,
        "skip_prk_steps": true,
        "steps_offset": 1,
        "trained_betas": null,
        "clip_sample": false
      }
      """;

  static final String[] STOCHASTIC = {
    "ddpm",
    "euler-a",
    "dpmpp-2m-sde",
    "dpmpp-2m-sde-heun",
    "dpmpp-3m-sde",
    "dpmpp-sde",
    "kdpm2-ancestral",
    "lcm"
  };

  static final Noise NO_NOISE =
      () -> {
        throw new AssertionError("noise was drawn");
      };

  /// What a UNet would answer for the sample at a time.
  interface Model {
    float[] answer(float[] sample, float time);
  }

  private Runs() {}

  static SchedulerConfig sdV1() {
    return SchedulerConfig.parse(SD_V1);
  }

  /// The model of diffusers' own tests: `x t / (t+1)`.
  static float[] dummyModel(float[] sample, float time) {
    float[] answer = new float[sample.length];
    for (int i = 0; i < sample.length; i++) {
      answer[i] = sample[i] * time / (time + 1);
    }
    return answer;
  }

  static float[] run(Scheduler scheduler, float[] start, Model model, Noise noise) {
    return run(scheduler, start, model, noise, 0, scheduler.timesteps().length);
  }

  static float[] run(
      Scheduler scheduler, float[] start, Model model, Noise noise, int firstCall, int calls) {
    float[] times = scheduler.timesteps();
    float[] scaled = start.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= scheduler.initNoiseSigma();
    }
    Tensor x = HostOps.tensor(scaled);
    for (int call = firstCall; call < calls; call++) {
      float[] seen = scheduler.scaleModelInput(x, call).toArray();
      x = scheduler.step(call, HostOps.tensor(model.answer(seen, times[call])), x, noise);
    }
    return x.toArray();
  }

  /// A loop that steps from the scaled sample.
  static float[] runScaled(Scheduler scheduler, float[] start, Noise noise) {
    float[] times = scheduler.timesteps();
    Tensor x = new WeightedSum().add(scheduler.initNoiseSigma(), HostOps.tensor(start)).compute();
    for (int call = 0; call < times.length; call++) {
      x = scheduler.scaleModelInput(x, call);
      Tensor answer = HostOps.tensor(dummyModel(x.toArray(), times[call]));
      x = scheduler.step(call, answer, x, noise);
    }
    return x.toArray();
  }

  static Noise torchNoise(long seed, int n) {
    var generator = new TorchGenerator(seed);
    return new Noise() {
      @Override
      public Tensor get() {
        return HostOps.tensor(generator.randn(n));
      }

      @Override
      public Tensor fresh(LongToIntFunction generatorSeed) {
        int word = generatorSeed.applyAsInt(seed);
        return HostOps.tensor(new TorchGenerator(word).randn(n));
      }
    };
  }

  /// The size of the noise in the sample of a call, where the picture's is 1.
  static double sigma(SchedulerConfig config, Scheduler scheduler, int call) {
    return switch (scheduler) {
      case VarianceExploding exploding -> exploding.sigma(call);
      case LogSnrMultistep multistep -> multistep.at(call).sigma() / multistep.at(call).alpha();
      default -> {
        double a = NoiseSchedule.of(config).alphaBar((int) scheduler.timesteps()[call]);
        yield Math.sqrt((1 - a) / a);
      }
    };
  }

  static double sumAbs(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += Math.abs(v);
    }
    return sum;
  }

  static double sum(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum;
  }

  /// Fails unless `actual` is within `tolerance` of `expected`, relative to its size.
  static void assertClose(String what, double actual, double expected, double tolerance) {
    double error = Math.abs(actual - expected) / Math.abs(expected);
    if (!(error <= tolerance)) {
      fail("%s: %s instead of %s (relative error %.2g)", what, actual, expected, error);
    }
  }
}
