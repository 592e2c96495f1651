// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The command itself against a hub, with real processes and signals.
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HubProcessTest {
  @TempDir Path folder;

  private Process start(TinyHub hub, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
    builder.environment().put("HF_HOME", folder.resolve("home").toString());
    builder.environment().put("HF_ENDPOINT", hub.url());
    builder.environment().put("NO_PROXY", "*");
    builder.environment().put("no_proxy", "*");
    return builder.redirectError(folder.resolve("err").toFile()).start();
  }

  private String out(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("err"))).isZero();
    return out;
  }

  @Test
  void ctrlCLeavesAStartAndReports130() throws Exception {
    assumeTrue(
        new ProcessBuilder("bash", "-c", "kill -INT $$; exit 0").start().waitFor() != 0,
        "SIGINT is ignored in this process");
    byte[] unet = TinyHub.resource(TinyHub.UNET);
    Path partial =
        folder.resolve("home/hub/models--org--mini/blobs/" + TinyHub.blobId(unet) + ".incomplete");
    try (var hub = new TinyHub()) {
      hub.stalls = true;
      Process process = start(hub, "download", "org/mini");
      try {
        hub.halfway.await();
        while (process.isAlive()
            && (!Files.exists(partial) || Files.size(partial) < unet.length / 2)) {
          Thread.sleep(10);
        }
        new ProcessBuilder("bash", "-c", "kill -INT " + process.pid()).start().waitFor();
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(process.waitFor()).isEqualTo(130);
      } finally {
        process.destroyForcibly();
      }
    }
    assertThat(partial).hasSize(unet.length / 2);
    try (var hub = new TinyHub()) {
      Path snapshot = Path.of(out(start(hub, "download", "org/mini")).strip());
      assertThat(snapshot.resolve(TinyHub.UNET)).hasBinaryContent(unet);
      assertThat(partial).doesNotExist();
    }
  }

  @Test
  void opensAModelByItsNameOnTheHubAndThenOffline() throws Exception {
    var hub = new TinyHub();
    String said;
    try (hub) {
      said = out(start(hub, "info", "org/mini"));
      assertThat(said.lines()).contains("model      org/mini");
    }
    assertThat(out(start(hub, "info", "org/mini", "--offline"))).isEqualTo(said);
  }
}
