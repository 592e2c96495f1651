// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.hub.HubException.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Models by the names that they have on a Hugging Face hub.
///
/// The network is asked for nothing when a commit is named and the cache has it whole, or when
/// [HubConfig#offline]. Otherwise the hub is asked where the revision stands, and files that the
/// cache lacks are fetched. If the hub cannot be asked, what the cache knows of the revision
/// serves.
public final class Hub {
  private final HubConfig config;
  private final Surroundings surroundings;

  public Hub(HubConfig config) {
    this(config, Surroundings.REAL);
  }

  Hub(HubConfig config, Surroundings surroundings) {
    this.config = config;
    this.surroundings = surroundings;
  }

  /// Which files are wanted.
  ///
  /// @param repo of which repository
  /// @param revision a branch, a tag, a commit, or `refs/pr/1`
  /// @param variant such as `fp16`, or null; a component that lacks it comes in its plain form
  /// @param checker whether the safety checker is wanted, too, if the model comes with one
  public record Wanted(RepoId repo, String revision, @Nullable String variant, boolean checker) {
    /// All that drawing takes.
    public Wanted(RepoId repo, String revision, @Nullable String variant) {
      this(repo, revision, variant, false);
    }

    /// The plain files of the branch `main`.
    public static Wanted of(RepoId repo) {
      return new Wanted(repo, "main", null);
    }

    RepoFiles.Part part() {
      return checker ? RepoFiles.Part.CHECKED_MODEL : RepoFiles.Part.MODEL;
    }
  }

  /// The folder with all that drawing takes.
  ///
  /// @param beforeWeights looks at the folder when the small files are there, so that a model that
  ///   will not do is refused before gigabytes are fetched
  /// @param listener hears how it comes along
  /// @throws HubException if the model cannot be had
  public Path model(Wanted wanted, Consumer<Path> beforeWeights, DownloadListener listener) {
    return fetch(wanted, wanted.part(), beforeWeights, listener);
  }

  /// The folder with at least the tokenizer's files.
  ///
  /// @throws HubException if they cannot be had
  public Path tokenizer(Wanted wanted, DownloadListener listener) {
    return fetch(wanted, RepoFiles.Part.TOKENIZER, _ -> {}, listener);
  }

  private Path fetch(
      Wanted wanted, RepoFiles.Part part, Consumer<Path> beforeWeights, DownloadListener listener) {
    SafeName.path(wanted.revision());
    var cache = new HubCache(config.cache(), wanted.repo(), config.symlinks());
    Local local = local(cache, wanted, part);
    boolean pinned = SafeName.isCommit(wanted.revision());
    if (local.problem == null && pinned && local.hasVariant) {
      return local.folder();
    }
    if (config.offline()) {
      return offline(wanted, local);
    }
    try (var client = new HubClient(config, surroundings.pause())) {
      RepoInfo info;
      try {
        info = client.info(wanted.repo(), wanted.revision(), local.problem != null);
      } catch (HubException e) {
        return insteadOf(e, local, listener);
      }
      var downloader = new Downloader(client, cache, surroundings, info.commit(), listener);
      String source = "%s at revision %s".formatted(wanted.repo(), wanted.revision());
      var files = RepoFiles.of(info.files(), part, wanted.variant(), source);
      noteVariant(wanted, files, listener);
      if (part == RepoFiles.Part.CHECKED_MODEL && !files.hasChecker()) {
        listener.note(wanted.repo() + " comes without a safety checker.");
      }
      downloader.fetch(files.optional());
      downloader.fetch(files.essential());
      Path folder = cache.snapshot(info.commit());
      beforeWeights.accept(folder);
      List<String> weights = new ArrayList<>(files.weights());
      weights.addAll(files.shards(folder));
      downloader.fetch(weights);
      if (part != RepoFiles.Part.TOKENIZER || !hasWholeModel(cache, wanted)) {
        cache.remember(wanted.revision(), info.commit());
      }
      return folder;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw HubClient.cancelled(e);
    }
  }

  private static void noteVariant(Wanted wanted, RepoFiles files, DownloadListener listener) {
    String variant = wanted.variant();
    if (variant != null && !files.weights().isEmpty() && !files.isAll(variant)) {
      listener.note(
          "%s has %s of the variant %s; the rest comes in its plain form."
              .formatted(
                  wanted.repo(), files.has(variant) ? "only some weights" : "no weights", variant));
    }
  }

  /// What the cache has of what is wanted.
  ///
  /// @param cache where
  /// @param commit where the revision stands as far as the cache knows, or null
  /// @param problem what is missing, or null if it is all there
  /// @param hasVariant whether all is of the variant that was asked for
  private record Local(
      HubCache cache, @Nullable String commit, @Nullable String problem, boolean hasVariant) {
    Path folder() {
      return cache.snapshot(String.valueOf(commit));
    }
  }

  private static Local local(HubCache cache, Wanted wanted, RepoFiles.Part part) {
    String commit = cache.commit(wanted.revision());
    if (commit == null) {
      return new Local(cache, null, "the cache " + cache.root() + " does not have it", false);
    }
    Path folder = cache.snapshot(commit);
    Set<String> present = cache.files(commit);
    try {
      var files = RepoFiles.of(present, part, wanted.variant(), folder.toString());
      for (String shard : files.shards(folder)) {
        if (!present.contains(shard)) {
          return new Local(cache, commit, folder + " lacks " + shard, false);
        }
      }
      boolean lacking =
          part == RepoFiles.Part.CHECKED_MODEL
              && !files.hasChecker()
              && RepoFiles.namesChecker(folder);
      if (lacking) {
        return new Local(cache, commit, folder + " lacks the safety checker", false);
      }
      String variant = wanted.variant();
      return new Local(cache, commit, null, variant == null || files.isAll(variant));
    } catch (HubException e) {
      return new Local(cache, commit, folder + " is not complete", false);
    }
  }

  private static boolean hasWholeModel(HubCache cache, Wanted wanted) {
    return local(cache, new Wanted(wanted.repo(), wanted.revision(), null), RepoFiles.Part.MODEL)
            .problem
        == null;
  }

  private static Path offline(Wanted wanted, Local local) {
    if (local.problem == null) {
      return local.folder();
    }
    throw new HubException(
        Kind.OFFLINE,
        "%s at revision %s cannot be opened offline, since %s: run `hubble download %s%s` while online."
            .formatted(
                wanted.repo(),
                wanted.revision(),
                local.problem,
                wanted.repo(),
                wanted.checker() ? " --safety" : ""));
  }

  private static Path insteadOf(HubException e, Local local, DownloadListener listener) {
    boolean certain =
        switch (e.kind()) {
          case REVISION_NOT_FOUND, ENTRY_NOT_FOUND, DISABLED, BAD_NAME, CANCELLED -> true;
          default -> false;
        };
    if (certain || local.problem != null) {
      throw e;
    }
    listener.note("Using what the cache has, which may not be the latest: " + e.getMessage());
    return local.folder();
  }
}
