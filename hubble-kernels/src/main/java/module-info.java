// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// The tensor layer: tensors, the operations of the models, and the backends that compute them.
@NullMarked
module dev.hubble.kernels {
  requires static transitive org.jspecify;
  // Optional at run time: without it the cpu backend falls back to plain Java and says so.
  requires static jdk.incubator.vector;
  // Optional at run time: without them there is no cuda backend, and it says why.
  requires static org.bytedeco.cuda;
  requires static org.bytedeco.javacpp;

  exports dev.hubble.kernels;
}
