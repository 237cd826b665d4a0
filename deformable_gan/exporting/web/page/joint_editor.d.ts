// The export makes joint_editor.js from `deformable_gan/web/joint_editor.js`.
export function attachJointEditor(
  element: Element,
  props: { value: string },
  trigger: (event: string) => void,
  watch: (name: string, changed: () => void) => void,
): void;
