// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What is said of which figures.
final class SpeedTest {
  private static final String HOTSPOT = "OpenJDK 64-Bit Server VM";
  private static final String MIXED = "mixed mode, sharing";

  @Test
  void saysNothingWhereVectorsAreFast() {
    // AVX-512, 128-bit vectors on a slow core, and a measurement that was disturbed.
    assertThat(new Speed(115e9, 1.8e9).complaint(HOTSPOT, MIXED)).isNull();
    assertThat(new Speed(9e9, 0.6e9).complaint(HOTSPOT, MIXED)).isNull();
    assertThat(new Speed(20e9, 3e9).complaint(HOTSPOT, MIXED)).isNull();
  }

  @Test
  void namesTheInterpreter() {
    assertThat(new Speed(1e6, 7e7).complaint(HOTSPOT, "interpreted mode, sharing"))
        .contains("0.00100 GFLOP/s on one core, 0.014 times a plain loop")
        .contains("start it without -Xint");
  }

  @Test
  void namesTheMissingCompiler() {
    assertThat(new Speed(6e7, 1e9).complaint(HOTSPOT, "mixed mode, emulated-client, sharing"))
        .contains("without -XX:TieredStopAtLevel");
  }

  @Test
  void namesAnotherJvm() {
    assertThat(new Speed(6e7, 1e9).complaint("Eclipse OpenJ9 VM", "JRE 25 Linux amd64-64-Bit"))
        .contains(
            "Eclipse OpenJ9 VM (JRE 25 Linux amd64-64-Bit), does not make vector instructions");
  }

  @Test
  void doesNotTakeWhatIsNoNumberForGood() {
    assertThat(new Speed(Double.NaN, 1e9).isGood()).isFalse();
  }
}
