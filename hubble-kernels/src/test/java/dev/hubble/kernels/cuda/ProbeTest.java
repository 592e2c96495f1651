// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DeviceException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProbeTest {
  @Test
  void withoutADriverItSaysSo() {
    var probe = Probe.run("libcuda-that-is-not-there.so.1");
    assertThat(probe.devices()).isZero();
    assertThat(probe.reason()).contains("no NVIDIA driver").contains("580");
  }

  @Test
  void aLibraryThatIsNoDriverIsNone() {
    assertThat(Probe.run("libc.so.6").reason()).contains("no NVIDIA driver");
  }

  @ParameterizedTest
  @CsvSource({
    "2, OUT_OF_MEMORY, too little free memory",
    "46, UNAVAILABLE, another process",
    "100, UNAVAILABLE, finds no GPU",
    "222, UNAVAILABLE, cannot translate",
    "700, LOST, not its own",
    "719, LOST, stopped working",
    "214, LOST, error in its memory",
    "803, UNAVAILABLE, different versions",
    "1, FAILED, refused a call"
  })
  void everyErrorHasItsSentence(int code, Kind kind, String words) {
    var e = Errors.of(code, "CUDA_ERROR_X", "cuCall");
    assertThat(e.kind()).isEqualTo(kind);
    assertThat(e.error()).isEqualTo("CUDA_ERROR_X");
    assertThat(e.call()).isEqualTo("cuCall");
    assertThat(e).hasMessageContaining(words).hasMessageContaining("(CUDA_ERROR_X in cuCall)");
  }
}
