// SPDX-License-Identifier: Apache-2.0
package dev.hubble.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The stages of a run, on the thread that draws; the [JobEvent] around them has their job's
/// number.
public final class StageEvent {
  private StageEvent() {}

  /// Texts were encoded, noise drawn, and everything prepared that stays the same over the steps.
  @Name("dev.hubble.Text")
  @Label("Text")
  @Description("Tokenising and encoding the prompts")
  @Category("Hubble")
  @StackTrace(false)
  public static final class Text extends Event {
    /// Not begun.
    public Text() {}
  }

  /// The UNet was called, and the scheduler made its step.
  @Name("dev.hubble.UNetCall")
  @Label("UNet Call")
  @Description("One call of the UNet with its scheduler step")
  @Category("Hubble")
  @StackTrace(false)
  public static final class UNetCall extends Event {
    @Label("Call")
    @Description("Counted from 1")
    private int call;

    /// Not begun.
    public UNetCall() {}

    /// Ends call `number`.
    public void done(int number) {
      call = number;
      commit();
    }

    @Override
    public String toString() {
      return "UNet call " + call;
    }
  }

  /// Latents became pixels.
  @Name("dev.hubble.VaeDecode")
  @Label("VAE Decode")
  @Description("Decoding the latents of all pictures to pixels")
  @Category("Hubble")
  @StackTrace(false)
  public static final class VaeDecode extends Event {
    /// Not begun.
    public VaeDecode() {}
  }
}
