// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.List;

/// What the safety checker found in a picture.
///
/// @param flagged whether it came too near to a concept
/// @param concepts for each concept by how much, to three places; above 0 is too near
/// @param special the same for the concepts that only make it stricter
public record SafetyVerdict(boolean flagged, List<Double> concepts, List<Double> special) {
  public SafetyVerdict {
    concepts = List.copyOf(concepts);
    special = List.copyOf(special);
  }
}
