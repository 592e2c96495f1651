/// The backend for NVIDIA GPUs: hand-written kernels, launched through the driver alone.
@org.jspecify.annotations.NullMarked
package dev.hubble.kernels.cuda;
