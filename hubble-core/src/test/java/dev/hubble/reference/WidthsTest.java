// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tiny model's networks on vectors of every width and in plain Java, within the same limits.
/// The width is a constant of a JVM, so each has one of its own.
class WidthsTest {
  /// Compares every network and says with what.
  static final class Main {
    @SuppressWarnings("JUnitMethodInvoked") // in another JVM, which has no test runner
    public static void main(String[] args) {
      try (var ops = Backends.open("cpu", new Backends.Options(2))) {
        System.out.println(ops.description());
      }
      var networks = new NetworksTest();
      networks.textEncoderEqualsTransformers("cpu");
      networks.everyActivationOfTheUNetEqualsDiffusers("cpu");
      networks.whatPromptsShareIsComputedOnceToTheSameBits();
      networks.vaeDecoderEqualsDiffusers("cpu");
      networks.vaeEncoderEqualsDiffusers("cpu");
      System.out.println("all are equal");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void theNetworksEqualDiffusers(int bits) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-modules=jdk.incubator.vector",
                    "-Xmx1g",
                    "-Dhubble.selfcheck=off",
                    "-Dhubble.vector.bits=" + bits,
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output;
    try (var in = process.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int code = process.waitFor();
    Assumptions.assumeFalse(
        output.contains("but this processor's vectors have"),
        () -> "vectors of " + bits + " bits: this processor has none");
    assertThat(output)
        .contains(bits == 0 ? "cpu: plain Java" : "cpu: Vector API, " + bits + "-bit")
        .contains("all are equal");
    assertThat(code).isZero();
  }
}
