// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.data.Quoted;
import java.util.regex.Pattern;

/// The name of a model repository: `Supermaxman/hubble-diffusion-1`.
///
/// @param owner a user or an organisation
/// @param name the repository's own name
public record RepoId(String owner, String name) {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_.-]{1,96}");

  /// Checks the hub's rules for names.
  public RepoId {
    if (!isPart(owner) || !isPart(name) || name.endsWith(".git")) {
      throw new HubException(
          HubException.Kind.BAD_NAME,
          "%s is not the name of a model on a hub, which reads like CompVis/stable-diffusion-v1-4."
              .formatted(Quoted.of(owner + "/" + name)));
    }
  }

  /// Whether `text` can be the name of a repository.
  public static boolean isValid(String text) {
    int slash = text.indexOf('/');
    return slash > 0
        && isPart(text.substring(0, slash))
        && isPart(text.substring(slash + 1))
        && !text.endsWith(".git");
  }

  /// Reads `owner/name`.
  ///
  /// @throws HubException if it is not of that form
  public static RepoId parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new RepoId("", text)
        : new RepoId(text.substring(0, slash), text.substring(slash + 1));
  }

  private static boolean isPart(String part) {
    return PART.matcher(part).matches()
        && !part.startsWith("-")
        && !part.startsWith(".")
        && !part.endsWith("-")
        && !part.endsWith(".")
        && !part.contains("--")
        && !part.contains("..");
  }

  /// The folder in the cache.
  String folder() {
    return "models--" + owner + "--" + name;
  }

  @Override
  public String toString() {
    return owner + "/" + name;
  }
}
