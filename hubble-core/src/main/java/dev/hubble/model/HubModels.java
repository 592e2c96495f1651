// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.DownloadProgress;
import dev.hubble.HubAccess;
import dev.hubble.HubbleException;
import dev.hubble.unet.UNetConfig;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.hub.DownloadListener;
import dev.hubble.weights.hub.Hub;
import dev.hubble.weights.hub.HubConfig;
import dev.hubble.weights.hub.HubException;
import dev.hubble.weights.hub.RepoId;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;

/// Models by the names that they have on a Hugging Face hub, as folders in the cache.
final class HubModels {
  private HubModels() {}

  /// Fetches what is missing. A model that Hubble does not run is refused before its weights are
  /// fetched.
  static FolderFiles model(RepoId repo, HubAccess options) {
    Path folder =
        orExplain(() ->
            hub(options)
                .model(
                    wanted(repo, options),
                    small -> check(files(small, repo, options)),
                    listener(options.progress())));
    return files(folder, repo, options);
  }

  /// The same for the tokenizer alone.
  static FolderFiles tokenizer(RepoId repo, HubAccess options) {
    Path folder =
        orExplain(
            () -> hub(options).tokenizer(wanted(repo, options), listener(options.progress())));
    return files(folder, repo, options);
  }

  private static void check(FolderFiles files) {
    ModelIndex.check(files);
    UNetConfig.of(Component.UNET.config(files));
  }

  private static FolderFiles files(Path folder, RepoId repo, HubAccess options) {
    return new FolderFiles(folder, repo.toString(), options.variant());
  }

  private static Hub hub(HubAccess options) {
    var config = HubConfig.ofEnvironment();
    if (options.token() != null) {
      config = config.withToken(options.token());
    }
    if (options.cache() != null) {
      config = config.withCache(options.cache());
    }
    if (options.endpoint() != null) {
      config = config.withEndpoint(options.endpoint());
    }
    return new Hub(options.offline() ? config.withoutNetwork() : config);
  }

  private static Hub.Wanted wanted(RepoId repo, HubAccess options) {
    return new Hub.Wanted(
        repo,
        Objects.requireNonNullElse(options.revision(), "main"),
        options.variant(),
        options.safetyChecker());
  }

  private static DownloadListener listener(DownloadProgress progress) {
    return new DownloadListener() {
      @Override
      public void bytes(long done, long total) {
        progress.bytes(done, total);
      }

      @Override
      public void note(String sentence) {
        progress.note(sentence);
      }
    };
  }

  private static <T> T orExplain(Supplier<T> action) {
    try {
      return action.get();
    } catch (HubException e) {
      if (e.kind() == HubException.Kind.CANCELLED) {
        throw new HubbleException.Cancelled();
      }
      throw new HubbleException.Model(e.getMessage(), e);
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }
}
