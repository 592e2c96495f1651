// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
  @Test
  void readsWhatTheKernelTells(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("status"), "VmPeak:\t 9 kB\nVmHWM:\t  12 kB\n");
    assertThat(Memory.procValue(file, "VmHWM")).hasValue(12288);
    assertThat(Memory.procValue(file, "VmSwap")).isEmpty();
    assertThat(Memory.procValue(folder.resolve("none"), "VmHWM")).isEmpty();
  }

  @Test
  void writesAmountsForPeople() {
    assertThat(Bytes.format(1023)).isEqualTo("1023 bytes");
    assertThat(Bytes.format(1536)).isEqualTo("1.5 KiB");
    assertThat(Bytes.format(3L << 30)).isEqualTo("3.0 GiB");
    assertThat(Bytes.format(5000L << 40)).isEqualTo("5000.0 TiB");
  }
}
