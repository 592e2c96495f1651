// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// `kill -9` in the middle of a download, again and again.
class KillTest extends HubTest {
  private static final int KILLS = 10;

  private long onDisk() throws IOException {
    return Files.exists(partial(UNET)) ? Files.size(partial(UNET)) : 0;
  }

  private String firstRange() {
    return hub.seenBy("cdn").stream()
        .filter(s -> s.path().endsWith(hub.etag(UNET)))
        .map(s -> s.headers().getOrDefault("range", "bytes=0-"))
        .findFirst()
        .orElse("none");
  }

  /// What is still to come, all large files together.
  private long missing() throws IOException {
    long missing = 0;
    for (var file : hub.files.entrySet()) {
      if (FakeHub.isLarge(file.getKey()) && !Files.exists(blob(file.getKey()))) {
        var partial = partial(file.getKey());
        missing += file.getValue().length - (Files.exists(partial) ? Files.size(partial) : 0);
      }
    }
    return missing;
  }

  @Test
  void whatArrivedIsNeverFetchedAgain() throws Exception {
    hub.large(UNET, 64 << 20);
    hub.throttle = 1 << 16;
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int kill = 1; kill <= KILLS; kill++) {
      long before = onDisk();
      hub.seen.clear();
      hub.bytesFromCdn.set(0);
      // From "has only asked" to "well into the next megabytes".
      int enough = random.nextInt(5) == 0 ? 0 : random.nextInt(5 << 20);
      Process process = ChildMain.start(hub, folder.resolve("home"));
      try {
        while (process.isAlive() && (hub.seen.isEmpty() || hub.bytesFromCdn.get() < enough)) {
          Thread.sleep(1);
        }
        assertThat(process.isAlive()).as("killed before it was done, seed %d", seed).isTrue();
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(onDisk()).as("nothing is lost, seed %d", seed).isGreaterThanOrEqualTo(before);
      assertThat(firstRange())
          .as("goes on where it stopped, seed %d", seed)
          .isIn("none", "bytes=" + before + "-");
    }
    assertThat(onDisk()).isPositive();
    hub.throttle = 0;
    long missing = missing();
    long before = onDisk();
    hub.seen.clear();
    hub.bytesFromCdn.set(0);
    Process last = ChildMain.start(hub, folder.resolve("home"));
    String said = new String(last.getInputStream().readAllBytes(), UTF_8);
    assertThat(last.waitFor()).as(said).isZero();
    assertWhole(snapshot());
    assertThat(firstRange()).isEqualTo("bytes=" + before + "-");
    assertThat(hub.bytesFromCdn).hasValue(missing);
    try (var walk = Files.walk(cache())) {
      assertThat(walk.filter(file -> file.toString().endsWith(".incomplete"))).isEmpty();
    }
  }
}
