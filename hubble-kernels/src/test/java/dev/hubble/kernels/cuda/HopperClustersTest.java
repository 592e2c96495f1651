// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.DeviceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HopperClustersTest {
  private static final int H100 = 132;

  @AfterEach
  void askNoMore() {
    System.clearProperty("hubble.cuda.clusters");
  }

  @ParameterizedTest
  @CsvSource({
    "64, 2, 1", // 64x64, 320 to 320: one tile for each block
    "64, 16, 2", // GEGLU at 64x64: 1024 tiles
    "64, 6, 2", // its q, k and v: 384
    "16, 32, 2", // GEGLU at 32x32
    "4, 64, 2", // GEGLU at 16x16
    "1, 400, 1", // no two tiles below each other
    "2048, 1, 2", // the VAE at 512x512
    "3, 44, 1", // 132 tiles are one round
    "3, 88, 1", // 264 tiles are two rounds, but 352 would be three
    "5, 40, 2", // 200 tiles and 240 are two
    "2, 67, 2"
  })
  void blocksWithSeveralTilesWorkInPairs(long down, long across, int size) {
    assertThat(HopperClusters.AUTO.size(down, across, H100)).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"64, 2, 2", "2, 1, 2", "3, 1, 2", "1, 400, 1", "3, 44, 1"})
  void orAllThatCan(long down, long across, int size) {
    assertThat(HopperClusters.ON.size(down, across, H100)).isEqualTo(size);
  }

  @Test
  void orNone() {
    assertThat(HopperClusters.OFF.size(64, 16, H100)).isEqualTo(1);
    assertThat(HopperClusters.ON.size(64, 16, 1)).isEqualTo(1);
  }

  /// With an odd number of multiprocessors one has no partner.
  @Test
  void aPairNeedsTwoMultiprocessors() {
    assertThat(HopperClusters.ON.size(2, 1, 3)).isEqualTo(2);
    assertThat(HopperClusters.ON.size(3, 1, 3)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"3, 2, CUDA_ERROR_INVALID_VALUE", "9, 9, CUDA_ERROR_INVALID_CLUSTER_SIZE"})
  void theDriverRefusesWhatIsNoCluster(int blocks, int cluster, String error) {
    try (var ops = MockDriver.open(DType.F16)) {
      var queue = ops.device.queue();
      var kernel = ops.device.kernels().withMaps("hb_hopper_f16_128x160", 288, 227_408);
      queue.launchClusters(kernel, blocks, cluster, new long[45]);
      assertThatThrownBy(queue::flush)
          .isInstanceOfSatisfying(
              DeviceException.class, e -> assertThat(e.error()).isEqualTo(error))
          .hasMessageContaining("cuLaunchKernelEx")
          .hasMessageContaining("hb_hopper_f16_128x160");
    }
  }

  @Test
  void theUserSaysWhich() {
    assertThat(HopperClusters.asked(HopperClusters.AUTO)).isEqualTo(HopperClusters.AUTO);
    System.setProperty("hubble.cuda.clusters", "off");
    assertThat(HopperClusters.asked(HopperClusters.AUTO)).isEqualTo(HopperClusters.OFF);
    System.setProperty("hubble.cuda.clusters", "on");
    assertThat(HopperClusters.asked(HopperClusters.AUTO)).isEqualTo(HopperClusters.ON);
  }
}
