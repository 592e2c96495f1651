// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Tensor;
import dev.hubble.random.TorchGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every scheduler on models whose answers, and whose end, are known.
class ExactModelsTest {
  private static final int N = 64;

  private static SchedulerConfig config(String prediction) {
    return Runs.sdV1().with("prediction_type", prediction).with("set_alpha_to_one", true);
  }

  static Stream<String> everyName() {
    var names = new ArrayList<>(Schedulers.names());
    names.addAll(
        List.of("euler-karras", "heun-beta", "lms-exponential", "dpmpp-2m-karras", "unipc-beta"));
    names.addAll(List.of("dpmpp-sde-karras", "deis-karras", "kdpm2-exponential", "dpmpp-3m-beta"));
    return names.stream();
  }

  /// Whoever knows the picture sees all that is not picture as noise. Every way from there ends at
  /// the picture, whatever noise is added on it.
  @ParameterizedTest
  @MethodSource("everyName")
  void aModelThatKnowsThePictureLeadsToIt(String name) {
    for (String predicts : new String[] {"epsilon", "v_prediction"}) {
      if (name.equals("pndm") && predicts.equals("v_prediction")) {
        continue; // it mixes answers from different times, and velocities depend on the time
      }
      for (int steps : new int[] {1, 2, 3, 7, 20}) {
        var config = config(predicts);
        var scheduler = Schedulers.create(config, name, steps, 0);
        float[] picture = new TorchGenerator(3).randn(N);
        float[] noise = new TorchGenerator(4).randn(N);
        Tensor x = scheduler.addNoise(HostOps.tensor(picture), HostOps.tensor(noise), 0);
        var fresh = Runs.torchNoise(5, N);
        for (int call = 0; call < scheduler.timesteps().length; call++) {
          double sigma = Runs.sigma(config, scheduler, call);
          double alpha = 1 / Math.hypot(1, sigma);
          float[] seen = scheduler.scaleModelInput(x, call).toArray();
          float[] answer = new float[N];
          for (int i = 0; i < N; i++) {
            double e = (seen[i] - alpha * picture[i]) / (sigma * alpha);
            double v = alpha * e - sigma * alpha * picture[i];
            answer[i] = (float) (predicts.equals("epsilon") ? e : v);
          }
          x = scheduler.step(call, HostOps.tensor(answer), x, fresh);
        }
        // DEIS leaves the noise of the first time in.
        double rest = name.startsWith("deis") ? NoiseSchedule.of(config).sigma(0) : 0;
        double keep = 1 / Math.hypot(1, rest);
        float[] end = x.toArray();
        for (int i = 0; i < N; i++) {
          double expected = keep * (picture[i] + rest * noise[i]);
          // LCM keeps a trace of the sample by design.
          assertThat(Math.abs(end[i] - expected))
              .as("%s, %s, %d steps", name, predicts, steps)
              .isLessThanOrEqualTo(name.equals("lcm") ? 1e-4 : 5e-5);
        }
      }
    }
  }

  /// If all pictures are normal with deviation 1/2, the noise in `x = x₀ + σ ε` is best guessed as
  /// `σ x / (σ² + 1/4)`, and the way down scales `x` with `√(σ² + 1/4)` exactly. A solver of order
  /// `p` comes `2^p` times closer with twice the steps; measured before the last step, which all
  /// make in first order.
  @ParameterizedTest
  @CsvSource({
    "euler-karras, 1",
    "heun-karras, 2",
    "kdpm2-karras, 2",
    "dpmpp-2m-karras, 2",
    "deis-karras, 2",
    "unipc-karras, 2",
    "dpmpp-3m-karras, 2",
    "deis-exponential, 2",
    "unipc-exponential, 2",
    "lms-karras, 3",
    "heun-exponential, 2",
    "dpmpp-2m-exponential, 2",
    "euler, 1"
  })
  void solversAreOfTheirOrder(String name, int order) {
    double at40 = gaussianError(name, 40);
    double at80 = gaussianError(name, 80);
    System.out.printf(
        "%-20s error %.2e with 40 steps, %.1f times less with 80%n", name, at40, at40 / at80);
    assertThat(at40 / at80).isGreaterThan(0.85 * Math.pow(2, order));
  }

  private static double gaussianError(String name, int steps) {
    var config = config("epsilon");
    var scheduler = Schedulers.create(config, name, steps, 0);
    int last = scheduler.callOfStep(steps - 1);
    double start = deviation(Runs.sigma(config, scheduler, 0));
    // In units of the sample's deviation, large, so that rounding to float is small.
    boolean exploding = scheduler instanceof VarianceExploding;
    Tensor x =
        HostOps.tensor(
            new float[] {
              (float) (exploding ? start : start / Math.hypot(1, Runs.sigma(config, scheduler, 0)))
            });
    for (int call = 0; call < last; call++) {
      x = scheduler.step(call, gaussianAnswer(config, scheduler, x, call), x, Runs.NO_NOISE);
    }
    double sigma = Runs.sigma(config, scheduler, last);
    double expected = exploding ? deviation(sigma) : deviation(sigma) / Math.hypot(1, sigma);
    return Math.abs(x.toArray()[0] / expected - 1);
  }

  private static double deviation(double sigma) {
    return Math.sqrt(sigma * sigma + 0.25);
  }

  private static Tensor gaussianAnswer(
      SchedulerConfig config, Scheduler scheduler, Tensor x, int call) {
    double sigma = Runs.sigma(config, scheduler, call);
    float[] answer = scheduler.scaleModelInput(x, call).toArray();
    for (int i = 0; i < answer.length; i++) {
      answer[i] *= (float) (sigma * Math.hypot(1, sigma) / (sigma * sigma + 0.25));
    }
    return HostOps.tensor(answer);
  }

  /// The samplers that add noise must add as much as they take: pictures of deviation 1/2 come out.
  @ParameterizedTest
  @CsvSource({
    "ddpm, 500",
    "euler-a-karras, 400",
    "dpmpp-2m-sde-karras, 100",
    "dpmpp-2m-sde-heun-karras, 100",
    "dpmpp-3m-sde-karras, 100",
    "dpmpp-sde-karras, 40",
    "kdpm2-ancestral-karras, 100",
    "euler-karras, 400"
  })
  void theRightAmountOfNoiseIsAdded(String name, int steps) {
    int n = 20_000;
    var config = config("epsilon");
    var scheduler = Schedulers.create(config, name, steps, 0);
    var noise = Runs.torchNoise(9, n);
    float[] picture = new TorchGenerator(8).randn(n);
    for (int i = 0; i < n; i++) {
      picture[i] /= 2;
    }
    Tensor x = scheduler.addNoise(HostOps.tensor(picture), noise.get(), 0);
    for (int call = 0; call < scheduler.timesteps().length; call++) {
      x = scheduler.step(call, gaussianAnswer(config, scheduler, x, call), x, noise);
    }
    double squares = 0;
    for (float v : x.toArray()) {
      squares += v * v;
    }
    // One part in 200 is the standard error of 20,000 numbers; the steps' own error is as large.
    assertThat(Math.sqrt(squares / n)).isBetween(0.485, 0.515);
  }

  @ParameterizedTest
  @ValueSource(strings = {"euler", "heun", "dpmpp-2m", "unipc", "ddpm", "lcm", "deis", "lms"})
  void aListOfTheSameTimesIsTheSameRun(String name) {
    var config = config("epsilon").with("timestep_spacing", "trailing");
    var counted = Schedulers.create(config, name, 10, 0);
    var times = new ArrayList<Integer>();
    for (float t : counted.timesteps()) {
      if (times.isEmpty() || times.getLast() != (int) t) {
        times.add((int) t);
      }
    }
    var listed = Schedulers.create(config, name, new Route.Times(times), 0);
    assertThat(listed.timesteps()).isEqualTo(counted.timesteps());
    float[] start = new TorchGenerator(0).randn(N);
    assertThat(Runs.run(listed, start, Runs::dummyModel, Runs.torchNoise(1, N)))
        .isEqualTo(Runs.run(counted, start, Runs::dummyModel, Runs.torchNoise(1, N)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"euler", "euler-a", "heun", "lms", "dpmpp-sde"})
  void aListOfTheSameSigmasIsTheSameRun(String name) {
    var config = config("epsilon");
    var counted = Schedulers.create(config, name, 10, 0);
    var sigmas = new ArrayList<Double>();
    for (int step = 0; step < 10; step++) {
      sigmas.add(Runs.sigma(config, counted, counted.callOfStep(step)));
    }
    sigmas.add(0.0);
    var listed = Schedulers.create(config, name, new Route.Sigmas(sigmas), 0);
    float[] start = new TorchGenerator(0).randn(N);
    float[] expected = Runs.run(counted, start, Runs::dummyModel, Runs.torchNoise(1, N));
    float[] actual = Runs.run(listed, start, Runs::dummyModel, Runs.torchNoise(1, N));
    for (int i = 0; i < N; i++) {
      // The times are read off the sigmas in another way, and t/(t+1) hardly sees it.
      assertThat(Math.abs(actual[i] - expected[i])).isLessThan(1e-3f);
    }
  }
}
