// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import org.jspecify.annotations.Nullable;

/// Something that Hubble cannot do, in one sentence that says what to do instead. The subclass says
/// whose problem it is.
public class HubbleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HubbleException(String message) {
    super(message);
  }

  public HubbleException(@Nullable String message, Throwable cause) {
    super(message, cause);
  }

  /// The model is missing, damaged, or of a kind that Hubble does not run.
  public static final class Model extends HubbleException {
    private static final long serialVersionUID = 1L;

    public Model(String message) {
      super(message);
    }

    public Model(@Nullable String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// The request cannot be met as it stands: a size that is no multiple of 8, an unknown scheduler.
  public static final class BadRequest extends HubbleException {
    private static final long serialVersionUID = 1L;

    public BadRequest(String message) {
      super(message);
    }

    public BadRequest(@Nullable String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// There is too little memory for the request; found out before the run.
  public static final class OutOfMemory extends HubbleException {
    private static final long serialVersionUID = 1L;

    public OutOfMemory(String message) {
      super(message);
    }

    public OutOfMemory(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// The device cannot be used, or broke in the middle of the work.
  public static final class Device extends HubbleException {
    private static final long serialVersionUID = 1L;

    public Device(@Nullable String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// The safety checker blocked every picture, as it was told to.
  public static final class Blocked extends HubbleException {
    private static final long serialVersionUID = 1L;

    public Blocked(int pictures) {
      super(
          "The safety checker blocked %s: change the prompt or the seed, or only flag such pictures with --safety flag."
              .formatted(pictures == 1 ? "the picture" : "all " + pictures + " pictures"));
    }
  }

  /// The computation produced numbers that are not numbers.
  public static final class NotANumber extends HubbleException {
    private static final long serialVersionUID = 1L;

    public NotANumber(String message) {
      super(message);
    }
  }

  /// The run was cancelled.
  public static final class Cancelled extends HubbleException {
    private static final long serialVersionUID = 1L;

    public Cancelled() {
      super("cancelled");
    }
  }

  /// The time that the request was given is over.
  public static final class TimedOut extends HubbleException {
    private static final long serialVersionUID = 1L;

    public TimedOut() {
      super(
          "The time for this picture is over: give it more, or ask for fewer steps or a smaller"
              + " picture.");
    }
  }

  /// As many requests wait as may; nothing is wrong with this one, which may be made again later.
  public static final class Busy extends HubbleException {
    private static final long serialVersionUID = 1L;

    public Busy(int waiting) {
      super(
          "%d requests are waiting, which is as many as may: try again later, or let more wait with LoadOptions.queue."
              .formatted(waiting));
    }
  }
}
