// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The command with an engine that draws until it is stopped, and then takes its time for the rest
/// of its step. Run as a process of its own by [InterruptTest].
final class SlowMain {
  private SlowMain() {}

  public static void main(String[] args) {
    System.exit(new Cli(new SlowEngine(), Io.ofProcess()).run(args));
  }

  private static final class SlowEngine extends FakeEngine {
    @Override
    public Session open(String model, LoadOptions options) {
      return new Session() {
        @Override
        public Generated generate(Request request, RunOptions options, @Nullable Path trace) {
          var cancellation = Objects.requireNonNull(options.cancellation());
          System.out.println("drawing");
          while (!cancellation.isCancelled()) {
            Thread.onSpinWait();
          }
          finishStep();
          System.out.println("step done");
          throw new HubbleException.Cancelled();
        }

        @Override
        public void close() {
          System.out.println("closed");
        }
      };
    }

    private static void finishStep() {
      try {
        Thread.sleep(300);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
