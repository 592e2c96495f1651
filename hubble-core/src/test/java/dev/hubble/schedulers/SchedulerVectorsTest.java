// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static dev.hubble.schedulers.Runs.assertClose;

import dev.hubble.kernels.Tensor;
import dev.hubble.random.TorchGenerator;
import java.io.IOException;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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

  @Test
  void pndm() {
    check("PNDM50", "", 50, 0, Runs.NO_NOISE);
    check("PNDM20", "pndm", 20, 0, Runs.NO_NOISE);
  }

  @Test
  void ddim() {
    check("DDIM50", "ddim", 50, 0, Runs.NO_NOISE);
  }

  @Test
  void ddimWithNoise() {
    check("DDIM50 eta=1", "ddim", 50, 1, Runs.torchNoise(1, 256));
  }

  private static void check(
      String vector, String name, int steps, float eta, Supplier<Tensor> noise) {
    JsonNode expected = vectors.path(vector);
    float[] start = new TorchGenerator(0).randn(256);
    float[] end =
        Runs.run(Schedulers.create(Runs.sdV1(), name, steps, eta), start, Runs::dummyModel, noise);
    assertClose(vector + " sum_abs", Runs.sumAbs(end), number(expected, "sum_abs"), TOLERANCE);
    assertClose(vector + " x0", end[0], number(expected, "x0"), TOLERANCE);
    if (eta == 0) {
      assertClose(vector + " x255", end[255], number(expected, "x255"), TOLERANCE);
      assertClose(vector + " sum", Runs.sum(end), number(expected, "sum"), TOLERANCE);
      float[] first =
          Runs.run(
              Schedulers.create(Runs.sdV1(), name, steps, eta),
              start,
              Runs::dummyModel,
              noise,
              0,
              1);
      assertClose(vector + " first", first[0], number(expected, "first"), TOLERANCE);
    }
  }

  private static double number(JsonNode vector, String key) {
    return vector.required(key).doubleValue();
  }
}
