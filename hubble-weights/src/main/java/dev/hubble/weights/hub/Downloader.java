// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/// Brings the files of one commit into its snapshot.
final class Downloader {
  private static final int AT_ONCE = 4;

  private final HubClient client;
  private final HubCache cache;
  private final Surroundings surroundings;
  private final String commit;
  private final Tally tally;

  Downloader(
      HubClient client,
      HubCache cache,
      Surroundings surroundings,
      String commit,
      DownloadListener listener) {
    this.client = client;
    this.cache = cache;
    this.surroundings = surroundings;
    this.commit = commit;
    this.tally = new Tally(listener);
  }

  /// Fetches those of `paths` that the snapshot lacks.
  void fetch(Collection<String> paths) throws InterruptedException {
    List<String> missing =
        paths.stream()
            .filter(path -> !Files.isRegularFile(cache.pointer(commit, path)))
            .distinct()
            .toList();
    var heads = new ConcurrentHashMap<String, RemoteFile>();
    Parallel.run(AT_ONCE, missing, path -> heads.put(path, head(path)));
    List<RemoteFile> toFetch = new ArrayList<>();
    for (String path : missing) {
      RemoteFile file = Objects.requireNonNull(heads.get(path));
      if (BlobDownload.isThere(cache, file)) {
        cache.link(commit, path, file.etag(), /* fresh= */ false);
      } else {
        toFetch.add(file);
        tally.expect(Math.max(0, file.size()));
      }
    }
    checkSpace(toFetch);
    // The largest takes longest, so it starts first.
    toFetch.sort(Comparator.comparingLong(RemoteFile::size).reversed());
    Parallel.run(AT_ONCE, toFetch, this::fetch);
  }

  private RemoteFile head(String path) throws InterruptedException {
    try {
      return client.head(cache.repo(), commit, path);
    } catch (HubException e) {
      if (e.kind() == Kind.ENTRY_NOT_FOUND) {
        cache.rememberAbsent(commit, path);
      }
      throw e;
    }
  }

  private void fetch(RemoteFile file) throws InterruptedException {
    boolean fresh = new BlobDownload(client, cache, surroundings.pause(), tally, file).run();
    cache.link(commit, file.path(), file.etag(), fresh);
  }

  private void checkSpace(List<RemoteFile> files) {
    long needed = 0;
    for (RemoteFile file : files) {
      needed += Math.max(0, file.size() - BlobDownload.found(cache, file));
    }
    if (needed == 0) {
      return;
    }
    try {
      Files.createDirectories(cache.root());
      long free = surroundings.disk().free(cache.root());
      if (needed > free) {
        throw new HubException(
            Kind.DISK_FULL,
            "%s takes another %s and there is room for %s in %s: make room there or set HF_HOME to a folder on a larger disk."
                .formatted(cache.repo(), size(needed), size(free), cache.root()));
      }
    } catch (IOException e) {
      throw cache.failure("look for room", e);
    }
  }

  private static String size(long bytes) {
    return bytes < 10_000_000 ? "%,d bytes".formatted(bytes) : "%.1f GB".formatted(bytes / 1e9);
  }
}
