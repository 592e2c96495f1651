// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Precision;
import dev.hubble.kernels.cpu.ConvolutionPolicy.Algorithm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConvolutionPolicyTest {
  @ParameterizedTest
  @CsvSource({
    // the UNet of v1 at 512x512
    "64, 64, 4, 320, DIRECT, DIRECT",
    "64, 64, 320, 320, F4, F2",
    "64, 64, 960, 320, F4, F2",
    "64, 64, 320, 4, DIRECT, DIRECT",
    "32, 32, 640, 640, F4, F2",
    "16, 16, 1280, 1280, F2, F2",
    "16, 16, 2560, 1280, F2, F2",
    "8, 8, 1280, 1280, DIRECT, DIRECT",
    // its VAE
    "64, 64, 4, 512, DIRECT, DIRECT",
    "64, 64, 512, 512, F4, F2",
    "512, 512, 128, 128, F4, F2",
    "512, 512, 128, 3, DIRECT, DIRECT",
    // other pictures: 768x768, and a wide one
    "24, 24, 1280, 1280, F2, F2",
    "12, 12, 1280, 1280, DIRECT, DIRECT",
    "18, 40, 640, 640, F2, F2",
    // a strip: larger tiles would be mostly outside
    "1, 300, 64, 64, DIRECT, DIRECT",
    "2, 300, 64, 64, F2, F2",
    "4, 256, 64, 64, F4, F2"
  })
  void choosesBySize(int height, int width, int ins, int outs, Algorithm fast, Algorithm exact) {
    assertThat(ConvolutionPolicy.of(Precision.FAST).choose(height, width, ins, outs))
        .isEqualTo(fast);
    assertThat(ConvolutionPolicy.of(Precision.EXACT).choose(height, width, ins, outs))
        .isEqualTo(exact);
  }
}
