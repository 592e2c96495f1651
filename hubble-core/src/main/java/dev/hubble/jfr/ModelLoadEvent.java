// SPDX-License-Identifier: Apache-2.0
package dev.hubble.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A model was opened.
@Name("dev.hubble.ModelLoad")
@Label("Model Load")
@Description("Reading and packing the weights of a model")
@Category("Hubble")
@StackTrace(false)
public final class ModelLoadEvent extends Event {
  @Label("Model")
  private final String model;

  @Label("Device")
  private String device = "";

  /// Begins now.
  public ModelLoadEvent(String model) {
    this.model = model;
    begin();
  }

  /// The model is there.
  public void done(String onDevice) {
    device = onDevice;
    commit();
  }

  @Override
  public String toString() {
    return model + " on " + device;
  }
}
