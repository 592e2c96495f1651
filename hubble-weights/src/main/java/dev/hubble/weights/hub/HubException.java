// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.WeightsException;

/// A model cannot be had from the hub or its cache. The message is one sentence that says why and
/// what to do.
public final class HubException extends WeightsException {
  private static final long serialVersionUID = 1L;

  /// What went wrong.
  public enum Kind {
    /// The model's makers want to be asked before they give it away.
    GATED,
    /// There is no such repository, or it is private: a hub does not tell which.
    MISSING_OR_PRIVATE,
    /// The repository has no such branch, tag or commit.
    REVISION_NOT_FOUND,
    /// The repository lacks a file.
    ENTRY_NOT_FOUND,
    /// The hub took the repository down.
    DISABLED,
    /// The hub does not accept the token.
    BAD_TOKEN,
    /// The network may not be used and the cache lacks something.
    OFFLINE,
    /// No answer, or none to the end.
    UNREACHABLE,
    /// The hub failed or refused.
    SERVER,
    /// Too many requests.
    RATE_LIMIT,
    /// What answers is not a hub.
    NOT_A_HUB,
    /// What arrived is not what the hub announced.
    CHECKSUM,
    /// The disk is full, or would be.
    DISK_FULL,
    /// The cache cannot be read or written.
    CACHE,
    /// A name that cannot be one, or that leads out of the cache.
    BAD_NAME,
    /// The calling thread was interrupted.
    CANCELLED
  }

  private final Kind kind;

  public HubException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public HubException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// What went wrong.
  public Kind kind() {
    return kind;
  }
}
