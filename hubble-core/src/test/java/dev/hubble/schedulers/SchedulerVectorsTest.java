// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static dev.hubble.schedulers.Runs.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.random.TorchGenerator;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What diffusers 0.40 computes in float32 with the schedule of Stable Diffusion v1.
class SchedulerVectorsTest {
  private static final double TOLERANCE = 5e-6;
  private static JsonNode vectors = JsonMapper.shared().createObjectNode();

  @BeforeAll
  static void read() throws IOException {
    try (var in = SchedulerVectorsTest.class.getResourceAsStream("sched_vectors.json")) {
      vectors = JsonMapper.shared().readTree(in);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PNDM50, '', 50",
    "PNDM20, pndm, 20",
    "DDIM50, ddim, 50",
    "Euler20, euler, 20",
    "EulerKarras20, euler-karras, 20",
    "Heun20, heun, 20",
    "LMS20, lms, 20",
    "LMSKarras20, lms-karras, 20",
    "DPMpp2M20, dpmpp-2m, 20",
    "DPMpp2MKarras20, dpmpp-2m-karras, 20",
    "DPMpp2M10(lower_order_final), dpmpp-2m, 10",
    "DPMpp2MSDE20 f32noise, dpmpp-2m-sde, 20",
    "UniPC20, unipc, 20",
    "EulerA20, euler-a, 20",
    "DDPM50, ddpm, 50"
  })
  void likeDiffusers(String vector, String name, int steps) {
    check(vector, Runs.sdV1(), name, steps, 0);
  }

  @Test
  void ddimWithNoise() {
    check("DDIM50 eta=1", Runs.sdV1(), "ddim", 50, 1);
  }

  @Test
  void aRunThatStartsBelowTheLastTimeStartsWithMoreThanNoise() {
    check("EulerLeading20", Runs.sdV1().with("timestep_spacing", "leading"), "euler", 20, 0);
  }

  /// Computed in double by another program from the same description, with the Brownian path of
  /// seed 0. Its times are rounded to six decimals after the last digit of a float, so that some
  /// are neighbours of ours, and on a Brownian path neighbours 1e-6 apart differ by 1e-3. The
  /// numbers of diffusers' tests are sharper ([DiffusersTestNumbersTest]).
  @ParameterizedTest
  @CsvSource({
    "dpmpp-sde, 96.238286, 11.112687, -0.22366549, -0.14443737",
    "dpmpp-sde-karras, 97.348507, 13.110051, -0.30767423, -0.06737706"
  })
  void dpmSolverSde(String name, double sumAbs, double sum, double x0, double x255) {
    float[] end =
        Runs.run(
            Schedulers.create(Runs.sdV1(), name, 20, 0),
            new TorchGenerator(0).randn(256),
            Runs::dummyModel,
            Runs.torchNoise(0, 256));
    assertClose("sum_abs", Runs.sumAbs(end), sumAbs, 5e-4);
    // The sum of 256 such differences.
    assertThat(Math.abs(Runs.sum(end) - sum)).isLessThan(16e-3);
    assertThat(Math.abs(end[0] - x0)).isLessThan(1e-3);
    assertThat(Math.abs(end[255] - x255)).isLessThan(1e-3);
  }

  private static void check(
      String vector, SchedulerConfig config, String name, int steps, float eta) {
    JsonNode expected = vectors.path(vector);
    float[] start = new TorchGenerator(0).randn(256);
    boolean stochastic = eta > 0 || List.of(Runs.STOCHASTIC).contains(name);
    var scheduler = Schedulers.create(config, name, steps, eta);
    if (expected.has("calls")) {
      assertThat(scheduler.timesteps()).hasSize(expected.path("calls").intValue());
    }
    float[] end = Runs.run(scheduler, start, Runs::dummyModel, noise(stochastic));
    assertClose(vector + " sum_abs", Runs.sumAbs(end), number(expected, "sum_abs"), TOLERANCE);
    assertClose(vector + " x0", end[0], number(expected, "x0"), TOLERANCE);
    if (expected.has("sum")) {
      assertClose(vector + " x255", end[255], number(expected, "x255"), TOLERANCE);
      assertClose(vector + " sum", Runs.sum(end), number(expected, "sum"), TOLERANCE);
    }
    if (expected.has("first")) {
      scheduler = Schedulers.create(config, name, steps, eta);
      float[] first = Runs.run(scheduler, start, Runs::dummyModel, noise(stochastic), 0, 1);
      assertClose(vector + " first", first[0], number(expected, "first"), TOLERANCE);
    }
  }

  private static Noise noise(boolean stochastic) {
    return stochastic ? Runs.torchNoise(1, 256) : Runs.NO_NOISE;
  }

  private static double number(JsonNode vector, String key) {
    return vector.required(key).doubleValue();
  }
}
