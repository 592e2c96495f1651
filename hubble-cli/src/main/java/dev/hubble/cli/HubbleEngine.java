// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Cancellation;
import dev.hubble.Generated;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.ModelInfo;
import dev.hubble.Progress;
import dev.hubble.Request;
import dev.hubble.Tokens;
import dev.hubble.kernels.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The library itself.
final class HubbleEngine implements Engine {
  @Override
  public Session open(String model, Hubble.Options options) {
    try {
      return new HubbleSession(Hubble.load(model, options));
    } catch (IllegalArgumentException e) {
      // Backends.open refuses an unknown device so; whoever named it gave a wrong argument.
      throw new HubbleException.BadRequest(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public ModelInfo info(String model) {
    return Hubble.info(model);
  }

  @Override
  public Function<String, Tokens> tokenizer(String model) {
    return Hubble.load(model)::tokens;
  }

  @Override
  public List<Backends.Report> devices() {
    return Backends.report();
  }

  private record HubbleSession(Hubble hubble) implements Session {
    @Override
    public Generated generate(
        Request request, Progress progress, Cancellation cancellation, @Nullable Path trace) {
      if (trace != null) {
        throw new HubbleException.BadRequest("This version writes no trace; leave out --trace.");
      }
      return hubble.generate(request, progress, cancellation);
    }

    @Override
    public void close() {
      hubble.close();
    }
  }
}
