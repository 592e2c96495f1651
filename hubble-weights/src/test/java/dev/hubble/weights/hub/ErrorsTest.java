// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static dev.hubble.weights.hub.FakeHub.path;
import static dev.hubble.weights.hub.FakeHub.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorsTest extends HubTest {
  private static final String GATED =
      "Access to model org/tiny is restricted and you are not in the authorized list.";

  @Test
  void gatedWithoutAToken() {
    hub.trouble(x -> reply(x, status(401, "X-Error-Code", "GatedRepo", "X-Error-Message", GATED)));
    assertThat(failure(Kind.GATED))
        .hasMessageContaining("ask for access at " + hub.url() + "/org/tiny")
        .hasMessageContaining("HF_TOKEN");
  }

  @Test
  void gatedForThisToken() {
    environment.put("HF_TOKEN", "hf_secret");
    hub.trouble(x -> reply(x, status(403, "X-Error-Code", "GatedRepo", "X-Error-Message", GATED)));
    assertThat(failure(Kind.GATED))
        .hasMessageContaining("your token has no access")
        .hasMessageNotContaining("hf_secret");
  }

  @Test
  void gatedFilesOfAPublicList() {
    hub.answer(
        1000,
        path("HEAD", "/resolve/"),
        status(401, "X-Error-Code", "GatedRepo", "X-Error-Message", GATED));
    failure(Kind.GATED);
  }

  private static boolean reply(com.sun.net.httpserver.HttpExchange x, FakeHub.Answer answer)
      throws IOException {
    answer.to(x);
    return true;
  }

  @Test
  void missingOrPrivate() {
    hub.trouble(x -> reply(x, status(401)));
    assertThat(failure(Kind.MISSING_OR_PRIVATE))
        .hasMessageContaining("There is no model org/tiny")
        .hasMessageContaining("HF_TOKEN");
    assertThat(pauses).as("asking again would not help").isEmpty();
  }

  @Test
  void missingByName() {
    assertThat(
            failure(
                Kind.MISSING_OR_PRIVATE,
                () -> client().model(Hub.Wanted.of(RepoId.parse("no/such")), _ -> {}, listener())))
        .hasMessageContaining("no/such");
  }

  @Test
  void missingForThisToken() {
    environment.put("HF_TOKEN", "hf_secret");
    hub.trouble(x -> reply(x, status(404, "X-Error-Code", "RepoNotFound")));
    assertThat(failure(Kind.MISSING_OR_PRIVATE)).hasMessageContaining("whether your token may");
  }

  @Test
  void badToken() {
    environment.put("HF_TOKEN", "hf_wrong");
    hub.trouble(x ->
        reply(x, status(401, "X-Error-Message", "Invalid credentials in Authorization header")));
    assertThat(failure(Kind.BAD_TOKEN)).hasMessageContaining("HF_TOKEN");
  }

  @Test
  void revisionNotFound() {
    assertThat(failure(Kind.REVISION_NOT_FOUND, () -> download("v9", null)))
        .hasMessageContaining("--revision")
        .hasMessageContaining("v9");
  }

  @Test
  void notADiffusersRepository() {
    hub.files.remove("model_index.json");
    assertThat(failure(Kind.ENTRY_NOT_FOUND)).hasMessageContaining("model_index.json");
  }

  @Test
  void aFileThatIsGoneIsNotedAsSuch() throws IOException {
    hub.answer(
        1000,
        path("HEAD", "vae/config.json"),
        status(404, "X-Error-Code", "EntryNotFound", "X-Repo-Commit", FakeHub.COMMIT));
    assertThat(failure(Kind.ENTRY_NOT_FOUND)).hasMessageContaining("vae/config.json");
    assertThat(repo().resolve(".no_exist/" + FakeHub.COMMIT + "/vae/config.json")).isEmptyFile();
  }

  @Test
  void disabledByMessage() {
    hub.trouble(
        x -> reply(x, status(403, "X-Error-Message", "Access to this resource is disabled.")));
    failure(Kind.DISABLED);
  }

  @Test
  void disabledInTheList() {
    hub.answer(
        1,
        path("GET", "/api/"),
        x ->
            FakeHub.body(
                x,
                200,
                ("{\"disabled\": true, \"sha\": \"" + FakeHub.COMMIT + "\"}").getBytes(UTF_8)));
    failure(Kind.DISABLED);
  }

  @Test
  void forbidden() {
    hub.trouble(x -> reply(x, status(403, "X-Error-Message", "The moon is in the wrong house")));
    assertThat(failure(Kind.SERVER)).hasMessageContaining("The moon is in the wrong house");
  }

  @Test
  void noCommitInTheAnswerIsNoHub() {
    hub.answer(1000, path("HEAD", "/resolve/"), status(200, "ETag", "\"abc\""));
    assertThat(failure(Kind.NOT_A_HUB))
        .hasMessageContaining("X-Repo-Commit")
        .hasMessageContaining("HF_ENDPOINT");
  }

  @Test
  void anotherCommitInTheAnswerIsNoHub() {
    hub.answer(
        1000,
        path("HEAD", "/resolve/"),
        status(200, "ETag", "\"abc\"", "X-Repo-Commit", "a".repeat(40)));
    failure(Kind.NOT_A_HUB);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<html>", "[]", "{}", "{\"sha\": \"../../x\"}", "{\"sha\": 7}", "", "{\"sha\": "})
  void otherAnswersAreNoHub(String body) {
    hub.answer(1000, path("GET", "/api/"), x -> FakeHub.body(x, 200, body.getBytes(UTF_8)));
    failure(Kind.NOT_A_HUB);
  }

  @Test
  void aPlainWebServerIsNoHub() {
    hub.trouble(x -> reply(x, status(404)));
    failure(Kind.NOT_A_HUB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "../../x", "a/b", "a\\\\b"})
  void etagsThatAreNoNamesAreNoHub(String etag) {
    hub.answer(
        1000,
        path("HEAD", "/resolve/"),
        status(200, "ETag", '"' + etag + '"', "X-Repo-Commit", FakeHub.COMMIT));
    failure(Kind.NOT_A_HUB);
  }

  @Test
  void redirectsWithoutEnd() {
    hub.trouble(x -> reply(x, status(302, "Location", x.getRequestURI().getRawPath())));
    failure(Kind.NOT_A_HUB);
  }

  @Test
  void rateLimitGoesByTheHeader() throws IOException {
    hub.answer(
        1, path("GET", "/api/"), status(429, "ratelimit", "\"api\";r=0;t=55", "Retry-After", "3"));
    assertWhole(download());
    assertThat(pauses).containsExactly(Duration.ofSeconds(56));
  }

  @Test
  void rateLimitGoesByRetryAfter() throws IOException {
    hub.answer(2, path("HEAD", "unet/config.json"), status(429, "Retry-After", "3"));
    assertWhole(download());
    assertThat(pauses).containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(3));
  }

  @Test
  void rateLimitThatNeverEnds() {
    hub.trouble(x -> reply(x, status(429)));
    assertThat(failure(Kind.RATE_LIMIT)).hasMessageContaining("HF_TOKEN");
    assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 4L, 8L, 8L);
  }

  @Test
  void rateLimitThatIsTooLongToWait() {
    hub.trouble(x -> reply(x, status(429, "Retry-After", "3600")));
    assertThat(failure(Kind.RATE_LIMIT)).hasMessageContaining("in 3600 seconds");
    assertThat(pauses).isEmpty();
  }

  @Test
  void serverErrorsAreWaitedFor() throws IOException {
    hub.answer(3, path("GET", "/api/"), status(503));
    hub.answer(1, path("HEAD", "vae/config.json"), status(500));
    hub.answer(1, hub.cdn(UNET), status(502));
    assertWhole(download());
    assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 4L, 1L, 1L);
  }

  @Test
  void serverErrorsThatStay() {
    hub.trouble(x -> reply(x, status(500)));
    failure(Kind.SERVER);
    assertThat(pauses).hasSize(5);
  }

  @Test
  void nobodyThere() {
    hub.close();
    assertThat(failure(Kind.UNREACHABLE))
        .hasMessageContaining(hub.url())
        .hasMessageContaining("connection refused");
  }

  @Test
  void offlineWithoutACache() {
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(failure(Kind.OFFLINE)).hasMessageContaining("hubble download org/tiny");
    assertThat(hub.seen).isEmpty();
    assertThat(cache()).doesNotExist();
  }

  @Test
  void tooLittleRoom() {
    free = 400_000;
    assertThat(failure(Kind.DISK_FULL))
        .hasMessageContaining("420,011 bytes")
        .hasMessageContaining("400,000 bytes")
        .hasMessageContaining("HF_HOME");
    assertThat(hub.seenBy("cdn")).isEmpty();
  }

  @Test
  @DisabledOnOs({OS.WINDOWS, OS.MAC})
  void theDiskFillsUp() throws IOException {
    Files.createDirectories(partial(UNET).getParent());
    Files.createSymbolicLink(partial(UNET), java.nio.file.Path.of("/dev/full"));
    failure(Kind.DISK_FULL);
    Files.delete(partial(UNET));
    assertWhole(download());
  }

  @Test
  void aCacheThatCannotBeWritten() throws IOException {
    Files.createDirectories(cache().getParent());
    Files.writeString(cache(), "a file where the cache should be");
    failure(Kind.CACHE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/x", "a//b", "a/../b", "a\\b", "a\0b", "c:x", "", ".", "a/."})
  void revisionsThatLeadElsewhere(String revision) {
    failure(Kind.BAD_NAME, () -> download(revision, null));
    assertThat(hub.seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny", "a/b/c", "../x", "a/..", "a/-b", "a/b.", "a/b--c", "a/b.git", "a b/c", "/x", "x/",
        "a/b\\c"
      })
  void namesThatAreNoRepository(String name) {
    assertThat(RepoId.isValid(name)).isFalse();
    assertThatThrownBy(() -> RepoId.parse(name)).isInstanceOf(HubException.class);
  }
}
