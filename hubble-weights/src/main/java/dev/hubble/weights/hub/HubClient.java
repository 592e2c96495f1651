// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The requests that a download takes: what is in a repository, what a file is, its bytes.
final class HubClient implements AutoCloseable {
  private static final Duration PATIENT = Duration.ofSeconds(60);
  private static final int MAX_REDIRECTS = 5;

  /// The largest repositories have some ten thousand files.
  private static final int MAX_INFO = 64 << 20;

  private final HubConfig config;
  private final Surroundings.Pause pause;
  private final HubErrors errors;
  private final Http http;

  HubClient(HubConfig config, Surroundings.Pause pause) {
    this.config = config;
    this.pause = pause;
    this.errors = new HubErrors(config);
    this.http = new Http(config);
  }

  HubErrors errors() {
    return errors;
  }

  /// What is in a revision.
  ///
  /// @param patient whether to try again when the hub has troubles
  RepoInfo info(RepoId repo, String revision, boolean patient) throws InterruptedException {
    URI uri = uri("/api/models/" + repo + "/revision/" + encode(revision));
    return ask(
        uri,
        patient,
        timeout -> {
          try (Reply reply = follow("GET", uri, Map.of(), timeout, RelativeOnly.NO)) {
            if (reply.status() != 200) {
              return Answer.not(reply, errors.of(reply, repo, revision, null));
            }
            return Answer.of(parse(repo, reply));
          }
        });
  }

  private RepoInfo parse(RepoId repo, Reply reply) throws IOException {
    JsonNode json;
    try (var body = reply.isGzip() ? new GZIPInputStream(reply.body()) : reply.body()) {
      byte[] bytes = body.readNBytes(MAX_INFO + 1);
      if (bytes.length > MAX_INFO) {
        throw errors.notAHub(reply.uri(), "it sends more than " + MAX_INFO + " bytes");
      }
      json = JsonMapper.shared().readTree(bytes);
    } catch (JacksonException e) {
      throw errors.notAHub(reply.uri(), "it sends no JSON");
    }
    String commit = json.path("sha").asString("");
    if (!SafeName.isCommit(commit)) {
      throw errors.notAHub(reply.uri(), "it names no commit");
    }
    if (json.path("disabled").asBoolean(false)) {
      throw errors.disabled(repo);
    }
    Set<String> files = new LinkedHashSet<>();
    for (JsonNode file : json.path("siblings")) {
      String name = file.path("rfilename").asString("");
      // Nothing of that kind is ever needed; the rest of the repository may be sound.
      if (SafeName.isPath(name)) {
        files.add(name);
      }
    }
    return new RepoInfo(commit, files);
  }

  /// What a file is and where its bytes are.
  RemoteFile head(RepoId repo, String commit, String path) throws InterruptedException {
    URI uri = uri("/" + repo + "/resolve/" + encode(commit) + "/" + encodePath(path));
    return ask(
        uri,
        true,
        timeout -> {
          try (Reply reply = follow("HEAD", uri, Map.of(), timeout, RelativeOnly.YES)) {
            if (reply.status() != 200 && !reply.isRedirect()) {
              return Answer.not(reply, errors.of(reply, repo, commit, path));
            }
            return Answer.of(describe(repo, commit, path, reply));
          }
        });
  }

  private RemoteFile describe(RepoId repo, String commit, String path, Reply reply) {
    String answered = reply.header("x-repo-commit");
    if (answered == null) {
      throw errors.notAHub(reply.uri(), "no X-Repo-Commit");
    }
    if (!answered.equals(commit)) {
      throw errors.notAHub(reply.uri(), "X-Repo-Commit " + Quoted.of(answered) + " is another");
    }
    String etag = reply.header("x-linked-etag");
    if (etag == null) {
      etag = Objects.requireNonNullElse(reply.header("etag"), "");
    }
    etag = etag.strip().replaceFirst("^W/", "").replace("\"", "");
    if (!SafeName.isEtag(etag)) {
      throw errors.notAHub(reply.uri(), "ETag " + Quoted.of(etag));
    }
    long size = reply.number("x-linked-size");
    if (size < 0 && !reply.isRedirect() && reply.header("content-encoding") == null) {
      size = reply.number("content-length");
    }
    String location = reply.header("location");
    URI bytes = reply.isRedirect() ? reply.uri().resolve(location) : reply.uri();
    return new RemoteFile(repo, commit, path, etag, size, bytes);
  }

  /// The bytes of a file from `from` on. Every status is passed on.
  Reply get(RemoteFile file, long from) throws IOException, InterruptedException {
    Map<String, String> range = from > 0 ? Map.of("Range", "bytes=" + from + "-") : Map.of();
    return follow("GET", file.location(), range, config.readTimeout(), RelativeOnly.NO);
  }

  boolean isEndpoint(URI uri) {
    return http.isEndpoint(uri);
  }

  private enum RelativeOnly {
    YES,
    NO
  }

  /// Follows redirects. A HEAD request follows the relative ones only (a renamed repository): an
  /// absolute one leads to where the bytes are, and is itself the answer.
  private Reply follow(
      String method, URI start, Map<String, String> headers, Duration timeout, RelativeOnly which)
      throws IOException, InterruptedException {
    URI uri = start;
    for (int hops = 0; ; hops++) {
      Reply reply = http.send(method, uri, headers, timeout);
      String location = reply.isRedirect() ? reply.header("location") : null;
      if (location == null) {
        return reply;
      }
      try {
        URI next = URI.create(location);
        boolean stays = next.getHost() == null;
        next = uri.resolve(next);
        boolean http = "http".equals(next.getScheme()) || "https".equals(next.getScheme());
        if (!http || (which == RelativeOnly.YES && !stays && !isRename(reply, next))) {
          return reply;
        }
        uri = next;
      } catch (IllegalArgumentException e) {
        reply.close();
        throw errors.notAHub(uri, "it redirects to " + Quoted.of(location));
      }
      reply.close();
      if (hops == MAX_REDIRECTS) {
        throw errors.notAHub(start, "it redirects without end");
      }
    }
  }

  /// Some mirrors spell out their own address in redirects.
  private boolean isRename(Reply reply, URI next) {
    return reply.header("x-repo-commit") == null && http.isEndpoint(next);
  }

  private interface Request<T> {
    Answer<T> send(Duration timeout) throws IOException, InterruptedException;
  }

  /// Either a value or what is wrong.
  private record Answer<T>(
      @Nullable T value, @Nullable HubException problem, @Nullable Duration asked, boolean again) {
    static <T> Answer<T> of(T value) {
      return new Answer<>(value, null, null, false);
    }

    static <T> Answer<T> not(Reply reply, HubException problem) {
      return new Answer<>(
          null, problem, Backoff.asked(reply), Backoff.isWorthARetry(reply.status()));
    }
  }

  private <T> T ask(URI uri, boolean patient, Request<T> request) throws InterruptedException {
    Duration timeout = config.headTimeout();
    for (int failures = 1; ; failures++) {
      HubException problem;
      Duration wait = null;
      boolean again = true;
      try {
        Answer<T> answer = request.send(timeout);
        if (answer.value != null) {
          return answer.value;
        }
        problem = Objects.requireNonNull(answer.problem);
        wait = answer.asked;
        again = answer.again;
      } catch (IOException e) {
        problem = errors.unreachable(uri, e);
      }
      if (wait == null) {
        wait = Backoff.after(failures);
      }
      if (!patient || !again || failures > Backoff.RETRIES || wait.compareTo(Backoff.LONGEST) > 0) {
        throw problem;
      }
      pause.sleep(wait);
      timeout = PATIENT.compareTo(timeout) > 0 ? PATIENT : timeout;
    }
  }

  private URI uri(String path) {
    return URI.create(config.endpoint() + path);
  }

  private static String encodePath(String path) {
    return String.join("/", Arrays.stream(path.split("/")).map(HubClient::encode).toList());
  }

  /// Percent-encodes everything but letters, digits and `-_.~`.
  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  @Override
  public void close() {
    http.close();
  }

  static HubException cancelled(InterruptedException e) {
    return new HubException(
        Kind.CANCELLED, "The download was cancelled; the next one goes on where it stopped.", e);
  }
}
