// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.Request;
import dev.hubble.Subject;
import dev.hubble.Variation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/// The pictures of a request, one by one.
final class Batch {
  /// The largest batch: more is a mistake in the call, not a wish.
  private static final int MOST = 1024;

  private Batch() {}

  /// What each picture shows, and from which seed. Seeds count up over the whole batch; with a
  /// variation all pictures keep the seed, and the variation's counts up.
  static List<Job.Image> of(Request request) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject(request.prompt(), request.negative(), OptionalLong.empty()));
    subjects.addAll(request.modes().more());
    if (subjects.size() > 1
        && (request.prompting().prompt() != null || request.prompting().negative() != null)) {
      throw new HubbleException.BadRequest(
          "Either prompt embeddings, which all pictures have, or more than one prompt: not both.");
    }
    long total = (long) request.count() * subjects.size();
    if (request.count() < 1 || total > MOST) {
      throw new HubbleException.BadRequest(
          subjects.size() == 1
              ? "The count is %d; it must be from 1 to %d.".formatted(request.count(), MOST)
              : "The count is %d for each of %d prompts; there must be from 1 to %d pictures."
                  .formatted(request.count(), subjects.size(), MOST));
    }
    long seed = request.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 32));
    Variation variation = request.modes().variation();
    boolean varied = variation != null && variation.strength() > 0;
    var images = new ArrayList<Job.Image>();
    for (Subject subject : subjects) {
      String negative = subject.negative() == null ? request.negative() : subject.negative();
      for (int i = 0; i < request.count(); i++) {
        int place = subject.seed().isPresent() ? i : images.size();
        images.add(
            new Job.Image(
                subject.prompt(),
                negative,
                subject.seed().orElse(seed) + (varied ? 0 : place),
                variation == null
                    ? null
                    : new Variation(variation.seed() + images.size(), variation.strength())));
      }
    }
    return images;
  }
}
