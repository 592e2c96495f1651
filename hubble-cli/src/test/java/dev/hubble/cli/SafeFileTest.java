// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SafeFileTest {
  @TempDir Path folder;

  @Test
  void keepsTheOldFileWhenTheNewOneFails() throws IOException {
    Path file = Files.writeString(folder.resolve("x"), "old");
    assertThatThrownBy(() -> SafeFile.replace(file, SafeFileTest::halfThenFail))
        .isInstanceOf(HubbleException.class)
        .hasMessageContaining("disk on fire");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryContaining("glob:**/x");
    assertThat(names()).containsExactly("x");
  }

  @Test
  void leavesNothingWhenANewFileFails() throws IOException {
    Path file = folder.resolve("x");
    assertThatThrownBy(() -> SafeFile.create(i -> file, SafeFileTest::halfThenFail))
        .isInstanceOf(HubbleException.class);
    assertThat(names()).isEmpty();
  }

  @Test
  void givesEveryWriterANameOfItsOwn() throws Exception {
    var taken = new ConcurrentSkipListSet<Path>();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 8; t++) {
      byte mark = (byte) t;
      threads.add(
          Thread.ofPlatform()
              .start(() ->
                  taken.add(
                      SafeFile.create(i -> folder.resolve(i + ".png"), out -> out.write(mark)))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(taken).hasSize(8);
    List<Byte> marks = new ArrayList<>();
    for (Path file : taken) {
      marks.add(Files.readAllBytes(file)[0]);
    }
    assertThat(marks).containsExactlyInAnyOrder(bytes(8));
    assertThat(names()).hasSize(8);
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void writesIntoADeviceInsteadOfReplacingIt() {
    Path device = Path.of("/dev/null");
    SafeFile.checkWritable(device);
    SafeFile.replace(device, out -> out.write(1));
    assertThat(Files.isRegularFile(device)).isFalse();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void letsOthersReadWhatItWrites() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "");
    Path safe = folder.resolve("safe");
    SafeFile.replace(safe, out -> out.write(1));
    assertThat(Files.getPosixFilePermissions(safe)).isEqualTo(Files.getPosixFilePermissions(plain));
  }

  private static void halfThenFail(OutputStream out) throws IOException {
    out.write(new byte[100_000]);
    throw new IOException("disk on fire");
  }

  private static Byte[] bytes(int n) {
    Byte[] all = new Byte[n];
    for (int i = 0; i < n; i++) {
      all[i] = (byte) i;
    }
    return all;
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
