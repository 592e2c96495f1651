// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What an answer that is no success means, and what to do about it.
record HubErrors(HubConfig config) {
  private static final String TOKENS = "https://huggingface.co/settings/tokens";

  /// @param revision what was asked for
  /// @param path the file, or null if the question was about the repository
  HubException of(Reply reply, RepoId repo, String revision, @Nullable String path) {
    String code = Objects.requireNonNullElse(reply.header("x-error-code"), "");
    String message = Objects.requireNonNullElse(reply.header("x-error-message"), "");
    int status = reply.status();
    return switch (code) {
      case "RevisionNotFound" -> revision(repo, revision);
      case "EntryNotFound" -> entry(repo, revision, path);
      case "GatedRepo" -> gated(repo);
      default -> {
        if (message.startsWith("Access to this resource is disabled")) {
          yield disabled(repo);
        }
        if (message.startsWith("Invalid credentials in Authorization header")) {
          yield new HubException(
              Kind.BAD_TOKEN,
              "%s does not accept the token: set HF_TOKEN to a valid one from %s, or to none."
                  .formatted(config.endpoint(), TOKENS));
        }
        if (code.equals("RepoNotFound") || status == 401) {
          yield missing(repo);
        }
        yield byStatus(reply, repo, message);
      }
    };
  }

  private HubException byStatus(Reply reply, RepoId repo, String message) {
    int status = reply.status();
    String said = message.isEmpty() ? "" : ": " + Quoted.of(message);
    if (status == 429) {
      Duration wait = Backoff.asked(reply);
      return new HubException(
          Kind.RATE_LIMIT,
          "%s limits how often it may be asked: try again %s%s."
              .formatted(
                  config.endpoint(),
                  wait == null ? "later" : "in " + wait.toSeconds() + " seconds",
                  config.token() == null ? ", or set HF_TOKEN, which raises the limit" : ""));
    }
    if (status == 404 || reply.isRedirect()) {
      return notAHub(reply.uri(), "the answer to a question about " + repo + " was " + status);
    }
    if (status == 403) {
      return new HubException(
          Kind.SERVER,
          "%s refuses access to %s (403%s): check at %s what the token may do."
              .formatted(config.endpoint(), repo, said, TOKENS));
    }
    return new HubException(
        Kind.SERVER,
        "%s failed with status %d%s for %s: try again later."
            .formatted(config.endpoint(), status, said, repo));
  }

  private HubException gated(RepoId repo) {
    return new HubException(
        Kind.GATED,
        config.token() == null
            ? "The model %s is gated: ask for access at %s, then set HF_TOKEN to a token from %s."
                .formatted(repo, page(repo), TOKENS)
            : "The model %s is gated and your token has no access to it: ask for it at %s and try again once it is granted."
                .formatted(repo, page(repo)));
  }

  HubException disabled(RepoId repo) {
    return new HubException(
        Kind.DISABLED,
        "The model %s has been disabled on %s: use another one (%s may say why)."
            .formatted(repo, config.endpoint(), page(repo)));
  }

  private HubException missing(RepoId repo) {
    return new HubException(
        Kind.MISSING_OR_PRIVATE,
        "There is no model %s on %s, or it is private: check the name%s."
            .formatted(
                repo,
                config.endpoint(),
                config.token() == null
                    ? ", or set HF_TOKEN if it is private"
                    : " and whether your token may read it"));
  }

  private HubException revision(RepoId repo, String revision) {
    return new HubException(
        Kind.REVISION_NOT_FOUND,
        "The model %s has no revision %s: check --revision against the branches, tags and commits at %s/tree/main."
            .formatted(repo, Quoted.of(revision), page(repo)));
  }

  HubException entry(RepoId repo, String revision, @Nullable String path) {
    return new HubException(
        Kind.ENTRY_NOT_FOUND,
        "The model %s has no file %s at revision %s: Hubble opens models in diffusers' layout."
            .formatted(repo, path, revision));
  }

  HubException notAHub(URI uri, String why) {
    return new HubException(
        Kind.NOT_A_HUB,
        "%s does not answer as a Hugging Face hub does (%s): check HF_ENDPOINT and the proxy."
            .formatted(shown(uri), why));
  }

  HubException unreachable(URI uri, IOException e) {
    return new HubException(
        Kind.UNREACHABLE,
        "%s cannot be reached (%s): check the network and the proxy (HTTPS_PROXY), then run the same again, which goes on where this stopped."
            .formatted(shown(uri), e.getMessage() == null ? e : e.getMessage()),
        e);
  }

  private URI page(RepoId repo) {
    return URI.create(config.endpoint() + "/" + repo);
  }

  /// Host and path alone: the query of a signed address is a secret.
  private static URI shown(URI uri) {
    return URI.create(
        uri.getScheme() + "://" + uri.getRawAuthority() + Objects.toString(uri.getRawPath(), ""));
  }
}
