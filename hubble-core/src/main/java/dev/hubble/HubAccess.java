// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a model on the Hugging Face hub is found, and in which form. What is left null is as the
/// environment says (`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`, ...). Immutable.
///
/// @param revision a branch, a tag, a commit or `refs/pr/1`; null for `main`
/// @param variant such as `fp16`, also for folders; null for the plain weights
/// @param token what to show to the hub
/// @param offline whether the network must not be used
/// @param cache where downloads are kept
/// @param endpoint the hub, or a mirror of it
/// @param safetyChecker whether a model's safety checker is fetched, too: 1.2 GB for v1 models
/// @param progress hears how a download comes along
public record HubAccess(
    @Nullable String revision,
    @Nullable String variant,
    @Nullable String token,
    boolean offline,
    @Nullable Path cache,
    @Nullable URI endpoint,
    boolean safetyChecker,
    DownloadProgress progress) {
  /// The branch `main`, plain weights, and what the environment says.
  public static final HubAccess DEFAULT =
      new HubAccess(null, null, null, false, null, null, false, DownloadProgress.NONE);

  /// The same at another revision.
  public HubAccess revision(@Nullable String other) {
    return new HubAccess(other, variant, token, offline, cache, endpoint, safetyChecker, progress);
  }

  /// The same in another variant.
  public HubAccess variant(@Nullable String other) {
    return new HubAccess(revision, other, token, offline, cache, endpoint, safetyChecker, progress);
  }

  /// The same with another token.
  public HubAccess token(@Nullable String other) {
    return new HubAccess(
        revision, variant, other, offline, cache, endpoint, safetyChecker, progress);
  }

  /// The same with or without the network.
  public HubAccess offline(boolean other) {
    return new HubAccess(revision, variant, token, other, cache, endpoint, safetyChecker, progress);
  }

  /// The same with another cache folder.
  public HubAccess cache(@Nullable Path other) {
    return new HubAccess(
        revision, variant, token, offline, other, endpoint, safetyChecker, progress);
  }

  /// The same from another hub.
  public HubAccess endpoint(@Nullable URI other) {
    return new HubAccess(revision, variant, token, offline, cache, other, safetyChecker, progress);
  }

  /// The same with or without the model's safety checker.
  public HubAccess safetyChecker(boolean other) {
    return new HubAccess(revision, variant, token, offline, cache, endpoint, other, progress);
  }

  /// The same with another listener.
  public HubAccess progress(DownloadProgress other) {
    return new HubAccess(revision, variant, token, offline, cache, endpoint, safetyChecker, other);
  }

  /// Leaves out the token: this ends up in logs.
  @Override
  public String toString() {
    return "HubAccess[revision=%s, variant=%s, token=%s, offline=%s, cache=%s, endpoint=%s, safetyChecker=%s]"
        .formatted(
            revision,
            variant,
            token == null ? "none" : "***",
            offline,
            cache,
            endpoint,
            safetyChecker);
  }
}
