// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubAccess;
import dev.hubble.HubbleException;
import dev.hubble.weights.hub.RepoId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// CLIP's vocabulary for models that come without one. It is the same in every v1 model, so any of
/// them that lies in the cache will do; else the smallest part of one is fetched.
final class ClipVocabulary {
  private static final List<RepoId> MODELS =
      List.of(
          RepoId.parse("CompVis/stable-diffusion-v1-4"),
          RepoId.parse("stable-diffusion-v1-5/stable-diffusion-v1-5"),
          RepoId.parse("runwayml/stable-diffusion-v1-5"));

  private final HubAccess hub;
  private boolean looked;
  private @Nullable FolderFiles found;
  private String problem = "";

  /// Looks where `hub` says, once it is asked for a file.
  ClipVocabulary(HubAccess hub) {
    // Revision and variant are those of the model, not of this one.
    this.hub = hub.revision(null).variant(null);
  }

  /// The text of a file of the tokenizer, such as `tokenizer/vocab.json`, or null if there is no
  /// vocabulary to be had.
  synchronized @Nullable String find(String path) {
    if (!looked) {
      looked = true;
      found = look();
    }
    return found == null ? null : found.find(path);
  }

  /// Why there is none, a sentence.
  synchronized String problem() {
    return problem;
  }

  private @Nullable FolderFiles look() {
    for (var model : MODELS) {
      try {
        return HubModels.tokenizer(model, hub.offline(true));
      } catch (HubbleException.Model e) {
        problem = String.valueOf(e.getMessage());
      }
    }
    if (!hub.offline()) {
      try {
        return HubModels.tokenizer(MODELS.getFirst(), hub);
      } catch (HubbleException.Model e) {
        problem = String.valueOf(e.getMessage());
      }
    }
    return null;
  }
}
