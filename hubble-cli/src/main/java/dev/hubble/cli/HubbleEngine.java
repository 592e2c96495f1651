// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubAccess;
import dev.hubble.Hubble;
import dev.hubble.LoadOptions;
import dev.hubble.ModelInfo;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import dev.hubble.Tokenizing;
import dev.hubble.TraceRecorder;
import dev.hubble.kernels.Backends;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The library itself.
final class HubbleEngine implements Engine {
  @Override
  public Session open(String model, LoadOptions options) {
    Backends.warmUp(options.device());
    return new HubbleSession(Hubble.load(model, options));
  }

  @Override
  public ModelInfo info(String model, LoadOptions options) {
    return Hubble.info(model, options);
  }

  @Override
  public void convert(String model, Path out, @Nullable String dtype, LoadOptions options) {
    Hubble.convert(model, out, dtype, options);
  }

  @Override
  public Path download(String model, HubAccess hub) {
    return Hubble.download(model, hub);
  }

  @Override
  public Tokenizing tokenizer(String model, LoadOptions options) {
    return Hubble.tokenizer(model, options);
  }

  @Override
  public Path cache() {
    return Hubble.cache();
  }

  @Override
  public List<Backends.Report> devices() {
    return Backends.report();
  }

  @Override
  public String speed() {
    return Backends.cpuSpeed();
  }

  private record HubbleSession(Hubble hubble) implements Session {
    @Override
    public Generated generate(Request request, RunOptions options, @Nullable Path trace) {
      if (trace == null) {
        return hubble.generate(request, options);
      }
      var recorder = new TraceRecorder();
      var generated =
          hubble.generate(
              request,
              options.progress(event -> {
                recorder.on(event);
                options.progress().on(event);
              }));
      recorder.write(trace);
      return generated;
    }

    @Override
    public void close() {
      hubble.close();
    }
  }
}
