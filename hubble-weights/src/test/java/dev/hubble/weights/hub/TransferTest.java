// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static dev.hubble.weights.hub.FakeHub.path;
import static dev.hubble.weights.hub.FakeHub.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// What can happen while bytes are on their way.
class TransferTest extends HubTest {
  private byte[] unet() {
    return hub.files.get(UNET);
  }

  private List<String> ranges() {
    return hub.seenBy("cdn").stream()
        .filter(s -> s.path().endsWith(hub.etag(UNET)))
        .map(s -> s.headers().getOrDefault("range", "all"))
        .toList();
  }

  private void leave(byte[] bytes) throws IOException {
    Files.createDirectories(partial(UNET).getParent());
    Files.write(partial(UNET), bytes);
  }

  /// Announces all and sends a part.
  private void cut(int times, int bytes) {
    hub.answer(
        times,
        hub.cdn(UNET),
        x -> {
          x.sendResponseHeaders(200, unet().length);
          x.getResponseBody().write(unet(), 0, bytes);
        });
  }

  @Test
  void goesOnWhereTheConnectionBroke() throws IOException {
    cut(1, 100_000);
    assertWhole(download());
    assertThat(ranges()).hasSize(2).first().isEqualTo("all");
    int from = Integer.parseInt(ranges().get(1).replaceAll("\\D", ""));
    assertThat(hub.bytesFromCdn).hasValue(300_007 - from + 70_001 + 50_003);
    assertThat(pauses).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void goesOnWhereAnEarlierRunStopped() throws IOException {
    leave(Arrays.copyOf(unet(), 123_456));
    assertWhole(download());
    assertThat(ranges()).containsExactly("bytes=123456-");
    assertThat(hub.bytesFromCdn).hasValue(300_007 - 123_456 + 70_001 + 50_003);
    assertThat(partial(UNET)).doesNotExist();
    long small = hub.files.values().stream().mapToLong(b -> b.length).sum();
    assertThat(progress.getLast()).containsExactly(small, small);
  }

  @Test
  void takesOverWhatIsWhole() throws IOException {
    leave(unet());
    assertWhole(download());
    assertThat(ranges()).isEmpty();
  }

  @Test
  void startsOverWhenTheServerIgnoresTheRange() throws IOException {
    leave(Arrays.copyOf(unet(), 123_456));
    hub.answer(
        1,
        hub.cdn(UNET),
        x -> {
          x.sendResponseHeaders(200, unet().length);
          x.getResponseBody().write(unet());
        });
    assertWhole(download());
    assertThat(ranges()).containsExactly("bytes=123456-");
  }

  @Test
  void startsOverWhenTheServerAnswersAnotherRange() throws IOException {
    leave(Arrays.copyOf(unet(), 123_456));
    hub.answer(
        1,
        hub.cdn(UNET),
        x -> {
          x.getResponseHeaders().set("Content-Range", "bytes 5-300006/300007");
          x.sendResponseHeaders(206, unet().length - 5);
          x.getResponseBody().write(unet(), 5, unet().length - 5);
        });
    assertWhole(download());
    assertThat(ranges()).containsExactly("bytes=123456-", "all");
  }

  @Test
  void startsOverWhenTheRangeIsRefused() throws IOException {
    leave(Arrays.copyOf(unet(), 123_456));
    hub.answer(1, hub.cdn(UNET), status(416));
    assertWhole(download());
    assertThat(ranges()).containsExactly("bytes=123456-", "all");
  }

  @Test
  void startsOverWhenWhatWasLeftIsSomethingElse() throws IOException {
    leave(new byte[1000]);
    assertWhole(download());
    assertThat(ranges()).containsExactly("bytes=1000-", "all");
  }

  @Test
  void startsOverWhenWhatWasLeftIsTooLong() throws IOException {
    leave(new byte[400_000]);
    assertWhole(download());
    assertThat(ranges()).containsExactly("all");
  }

  @Test
  void giveUpWithoutProgressAndKeepWhatThereIs() throws IOException {
    cut(1, 100_000);
    hub.answer(1000, hub.cdn(UNET), x -> x.sendResponseHeaders(206, 10));
    failure(Kind.UNREACHABLE);
    assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 4L, 8L, 8L);
    assertThat(blob(UNET)).doesNotExist();
    assertThat(partial(UNET)).exists();
    assertThat(repo().resolve("refs/main")).doesNotExist();
  }

  @Test
  void progressBetweenBreaksResetsThePatience() throws IOException {
    hub.answer(
        12,
        hub.cdn(UNET),
        x -> {
          String range = x.getRequestHeaders().getFirst("Range");
          int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
          if (range != null) {
            x.getResponseHeaders().set("Content-Range", "bytes %d-/*".formatted(from));
          }
          x.sendResponseHeaders(range == null ? 200 : 206, unet().length - from);
          x.getResponseBody().write(unet(), from, 20_000);
        });
    assertWhole(download());
    assertThat(ranges().size()).isGreaterThan(Backoff.RETRIES + 2);
  }

  @Test
  void refusesWrongBytes() throws IOException {
    byte[] wrong = unet().clone();
    wrong[200_000] ^= 1;
    hub.answer(1000, hub.cdn(UNET), x -> hub.serve(x, wrong));
    assertThat(failure(Kind.CHECKSUM)).hasMessageContaining(UNET);
    assertThat(blob(UNET)).doesNotExist();
    assertThat(partial(UNET)).as("wrong bytes are no start").doesNotExist();
    assertThat(snapshot().resolve(UNET)).doesNotExist();
    assertThat(ranges()).hasSize(1);
  }

  @Test
  void refusesWrongBytesOfSmallFiles() {
    hub.answer(
        1000,
        path("GET", "vae/config.json"),
        x -> FakeHub.body(x, 200, "{\"v\": 2}\n".getBytes(UTF_8)));
    failure(Kind.CHECKSUM);
  }

  @Test
  void refusesWrongBytesOfZippedFiles() {
    hub.zipped = true;
    hub.answer(
        1000,
        path("GET", "vae/config.json"),
        x -> {
          x.getResponseHeaders().set("Content-Encoding", "gzip");
          FakeHub.body(x, 200, FakeHub.gzip("{\"v\": 2}\n".getBytes(UTF_8)));
        });
    failure(Kind.CHECKSUM);
  }

  @Test
  void refusesTooFewBytes() {
    hub.answer(1000, hub.cdn(UNET), x -> hub.serve(x, Arrays.copyOf(unet(), 299_000)));
    failure(Kind.CHECKSUM);
    assertThat(blob(UNET)).doesNotExist();
  }

  @Test
  void refusesTooManyBytes() {
    hub.answer(1000, hub.cdn(UNET), x -> hub.serve(x, Arrays.copyOf(unet(), 300_100)));
    assertThat(failure(Kind.CHECKSUM)).hasMessageContaining("instead of 300,007");
    assertThat(blob(UNET)).doesNotExist();
  }

  @Test
  void aZippedFileThatBreaksOffStartsOver() throws IOException {
    hub.zipped = true;
    byte[] zip = FakeHub.gzip(hub.files.get("vae/config.json"));
    hub.answer(
        1,
        path("GET", "vae/config.json"),
        x -> {
          x.getResponseHeaders().set("Content-Encoding", "gzip");
          x.sendResponseHeaders(200, zip.length);
          x.getResponseBody().write(zip, 0, zip.length - 9);
        });
    assertWhole(download());
  }

  @Test
  void asksForANewSignature() throws IOException {
    hub.answer(
        1,
        path("HEAD", UNET),
        x -> {
          x.getResponseHeaders().set("X-Repo-Commit", FakeHub.COMMIT);
          x.getResponseHeaders().set("X-Linked-Etag", hub.etag(UNET));
          x.getResponseHeaders().set("X-Linked-Size", "300007");
          x.getResponseHeaders()
              .set("Location", "http://" + hub.cdnHost() + "/cdn/" + hub.etag(UNET) + "?sig=old");
          x.sendResponseHeaders(302, -1);
        });
    assertWhole(download());
    assertThat(hub.lines().stream().filter(l -> l.startsWith("HEAD") && l.endsWith(UNET)))
        .hasSize(2);
  }

  @Test
  void asksForANewSignatureInTheMiddle() throws IOException {
    hub.answer(
        1,
        hub.cdn(UNET),
        x -> {
          x.sendResponseHeaders(200, unet().length);
          x.getResponseBody().write(unet(), 0, 100_000);
          hub.signature.incrementAndGet();
        });
    assertWhole(download());
    assertThat(ranges()).hasSize(3);
  }

  @Test
  void giveUpWhenNoSignatureIsGoodEnough() {
    hub.answer(1000, hub.cdn(UNET), status(403));
    assertThat(failure(Kind.SERVER)).hasMessageContaining("403").hasMessageNotContaining("sig=");
  }

  @Test
  void aServerThatFallsSilentIsLeft() throws IOException {
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "0.5");
    var end = new CountDownLatch(1);
    hub.answer(
        1,
        hub.cdn(UNET),
        x -> {
          x.sendResponseHeaders(200, unet().length);
          x.getResponseBody().write(unet(), 0, 100_000);
          x.getResponseBody().flush();
          await(end);
        });
    assertWhole(download());
    end.countDown();
    assertThat(ranges().get(1)).isEqualTo("bytes=100000-");
  }

  @Test
  void aServerThatNeverAnswersIsLeft() throws IOException {
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "0.5");
    environment.put("HF_HUB_ETAG_TIMEOUT", "0.5");
    var end = new CountDownLatch(1);
    hub.answer(1, path("GET", "/api/"), x -> await(end));
    hub.answer(1, path("HEAD", UNET), x -> await(end));
    hub.answer(1, hub.cdn(UNET), x -> await(end));
    assertWhole(download());
    end.countDown();
    assertThat(pauses).hasSize(3);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aRedirectOnTheWayToTheBytesIsFollowed() throws IOException {
    environment.put("HF_TOKEN", "hf_secret");
    String etag = hub.etag(UNET);
    hub.answer(
        1,
        x -> x.getRequestMethod().equals("HEAD") && x.getRequestURI().getPath().endsWith(UNET),
        x -> {
          x.getResponseHeaders().set("X-Repo-Commit", FakeHub.COMMIT);
          x.getResponseHeaders().set("X-Linked-Etag", '"' + etag + '"');
          x.getResponseHeaders().set("X-Linked-Size", "300007");
          x.getResponseHeaders().set("Location", hub.url() + "/bridge/" + etag);
          x.sendResponseHeaders(302, -1);
        });
    hub.answer(
        1,
        path("GET", "/bridge/"),
        status(302, "Location", "http://" + hub.cdnHost() + "/cdn/" + etag + "?sig=1"));
    assertWhole(download());
    assertThat(hub.seen.stream().filter(s -> s.path().startsWith("/bridge")))
        .singleElement()
        .satisfies(s -> assertThat(s.headers()).containsKey("authorization"));
    assertThat(hub.seenBy("cdn"))
        .allSatisfy(s -> assertThat(s.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void anInterruptStopsAllAndLeavesAStart() throws Exception {
    var started = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    hub.answer(
        1,
        hub.cdn(UNET),
        x -> {
          x.sendResponseHeaders(200, unet().length);
          x.getResponseBody().write(unet(), 0, 100_000);
          x.getResponseBody().flush();
          started.countDown();
          await(end);
        });
    var caught = new java.util.concurrent.atomic.AtomicReference<Throwable>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                download();
              } catch (HubException e) {
                caught.set(e);
              }
            });
    started.await();
    while (!Files.exists(partial(UNET)) || Files.size(partial(UNET)) < 100_000) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    thread.join();
    end.countDown();
    assertThat(caught.get())
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
    assertWhole(download());
    assertThat(ranges()).containsExactly("all", "bytes=100000-");
  }
}
