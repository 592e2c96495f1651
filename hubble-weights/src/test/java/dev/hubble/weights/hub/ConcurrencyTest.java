// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Several downloads of the same model at once.
class ConcurrencyTest extends HubTest {
  private long allFromCdn() {
    return hub.files.entrySet().stream()
        .filter(e -> FakeHub.isLarge(e.getKey()))
        .mapToLong(e -> e.getValue().length)
        .sum();
  }

  private void assertNothingLeftOver() throws IOException {
    try (var walk = Files.walk(cache())) {
      assertThat(walk.map(Path::toString).filter(name -> name.endsWith(".incomplete"))).isEmpty();
    }
    assertWhole(snapshot());
  }

  @Test
  void twoThreadsFetchEachFileOnce() throws Exception {
    hub.throttle = 1 << 14;
    var barrier = new CyclicBarrier(2);
    Callable<Path> task =
        () -> {
          barrier.await();
          return client().model(Hub.Wanted.of(FakeHub.REPO), _ -> {}, DownloadListener.NONE);
        };
    try (var executor = Executors.newFixedThreadPool(2)) {
      for (var result : executor.invokeAll(List.of(task, task))) {
        assertThat(result.get()).isEqualTo(snapshot());
      }
    }
    assertThat(hub.bytesFromCdn).hasValue(allFromCdn());
    assertNothingLeftOver();
  }

  @Test
  void twoProcessesFetchEachFileOnce() throws Exception {
    hub.large(UNET, 5_000_000);
    hub.throttle = 1 << 14;
    assertThat(twoProcesses()).containsOnly(snapshot().toString());
    assertThat(hub.bytesFromCdn).hasValue(allFromCdn());
    assertNothingLeftOver();
  }

  @Test
  void twoProcessesDoNoHarmWithoutLocks() throws Exception {
    hub.large(UNET, 5_000_000);
    hub.throttle = 1 << 14;
    Files.createDirectories(cache());
    Files.writeString(cache().resolve(".locks"), "not a folder, so nothing can be locked");
    assertThat(twoProcesses()).containsOnly(snapshot().toString());
    assertNothingLeftOver();
  }

  private List<String> twoProcesses() throws Exception {
    var processes =
        List.of(
            ChildMain.start(hub, folder.resolve("home")),
            ChildMain.start(hub, folder.resolve("home")));
    try {
      List<String> said = new ArrayList<>();
      for (Process process : processes) {
        said.add(new String(process.getInputStream().readAllBytes(), UTF_8).strip());
        assertThat(process.waitFor()).as(said.getLast()).isZero();
      }
      return said;
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }
}
