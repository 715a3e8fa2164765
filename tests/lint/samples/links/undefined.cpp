int definedInALibraryThatIsNotDeclared();
int useIt()
{
    return definedInALibraryThatIsNotDeclared();
}
